// The functions behind the rows of the command table, each group in its own file.
#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"

namespace rekey::cli {

base::Result<int> run_serve(Context&, const Arguments&);

base::Result<int> run_package_create(Context&, const Arguments&);
base::Result<int> run_package_list(Context&, const Arguments&);
base::Result<int> run_package_show(Context&, const Arguments&);
base::Result<int> run_package_edit(Context&, const Arguments&);
base::Result<int> run_package_enable(Context&, const Arguments&);
base::Result<int> run_package_disable(Context&, const Arguments&);
base::Result<int> run_package_revoke_tokens(Context&, const Arguments&);
base::Result<int> run_package_delete(Context&, const Arguments&);

base::Result<int> run_secret_stage(Context&, const Arguments&);
base::Result<int> run_secret_activate(Context&, const Arguments&);
base::Result<int> run_secret_undo_activation(Context&, const Arguments&);
base::Result<int> run_secret_revoke(Context&, const Arguments&);
base::Result<int> run_secret_revoke_tokens(Context&, const Arguments&);
base::Result<int> run_secret_list(Context&, const Arguments&);
base::Result<int> run_secret_usage(Context&, const Arguments&);
base::Result<int> run_secret_import(Context&, const Arguments&);

base::Result<int> run_policy_show(Context&, const Arguments&);
base::Result<int> run_policy_set(Context&, const Arguments&);

base::Result<int> run_key_list(Context&, const Arguments&);
base::Result<int> run_key_rotate(Context&, const Arguments&);

base::Result<int> run_audience_list(Context&, const Arguments&);
base::Result<int> run_audience_declare(Context&, const Arguments&);
base::Result<int> run_audience_remove(Context&, const Arguments&);

base::Result<int> run_status(Context&, const Arguments&);
base::Result<int> run_refusals(Context&, const Arguments&);
base::Result<int> run_token(Context&, const Arguments&);

base::Result<int> run_ledger_verify(Context&, const Arguments&);
base::Result<int> run_ledger_tail(Context&, const Arguments&);

base::Result<int> run_admin_rotate(Context&, const Arguments&);
base::Result<int> run_admin_recover(Context&, const Arguments&);

base::Result<int> run_backup(Context&, const Arguments&);
base::Result<int> run_backup_key(Context&, const Arguments&);
base::Result<int> run_restore(Context&, const Arguments&);

base::Result<int> run_sandbox_seed(Context&, const Arguments&);
base::Result<int> run_sandbox_reset(Context&, const Arguments&);
base::Result<int> run_sandbox_export(Context&, const Arguments&);
base::Result<int> run_sandbox_mail(Context&, const Arguments&);
base::Result<int> run_sandbox_clock(Context&, const Arguments&);
base::Result<int> run_sandbox_faults(Context&, const Arguments&);
base::Result<int> run_sandbox_hosts(Context&, const Arguments&);

base::Result<int> run_watch(Context&, const Arguments&);
base::Result<int> run_notice_init(Context&, const Arguments&);
base::Result<int> run_notice_test(Context&, const Arguments&);

base::Result<int> run_plan(Context&, const Arguments&);
base::Result<int> run_rehearse(Context&, const Arguments&);
base::Result<int> run_rotate(Context&, const Arguments&);
base::Result<int> run_report(Context&, const Arguments&);
base::Result<int> run_seal(Context&, const Arguments&);

base::Result<int> run_scan(Context&, const Arguments&);

base::Result<int> run_inventory_check(Context&, const Arguments&);
base::Result<int> run_inventory_coverage(Context&, const Arguments&);
base::Result<int> run_inventory_init(Context&, const Arguments&);
base::Result<int> run_inventory_import(Context&, const Arguments&);
base::Result<int> run_inventory_schema(Context&, const Arguments&);

base::Result<int> run_sink_check(Context&, const Arguments&);

base::Result<int> run_run_list(Context&, const Arguments&);
base::Result<int> run_run_show(Context&, const Arguments&);
base::Result<int> run_run_explain(Context&, const Arguments&);
base::Result<int> run_run_resume(Context&, const Arguments&);
base::Result<int> run_run_park(Context&, const Arguments&);
base::Result<int> run_run_issuer_moved(Context&, const Arguments&);
base::Result<int> run_run_abort(Context&, const Arguments&);
base::Result<int> run_run_card(Context&, const Arguments&);
base::Result<int> run_run_value(Context& context, const Arguments& arguments);
[[nodiscard]] base::Result<int> run_run_attest(Context&, const Arguments&);
base::Result<int> run_run_waive(Context&, const Arguments&);
base::Result<int> run_run_approve(Context&, const Arguments&);

}  // namespace rekey::cli
