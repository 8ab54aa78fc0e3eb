// The certificate of a sandbox's host names: signed by an authority of its own, which stays in the
// data folder, so that clients that were given it once go on after a restart. The certificate
// itself is made anew at each start, and its key is in no file.
#pragma once

#include <string>
#include <vector>

#include "authority/data_folder.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/local_ca.h"
#include "platform/files.h"

namespace rekey::cli {

// Makes the authority where the folder has none, for these hosts alone. kRefused, with what to do,
// where the folder's own does not vouch for them (any more), or others may read its key. `now`: as
// clients have it.
[[nodiscard]] base::Result<crypto::CertificateAndKey> make_hosts_certificate(
    platform::Files& files, const authority::DataFolder& folder,
    const std::vector<std::string>& hosts, base::Instant now);

}  // namespace rekey::cli
