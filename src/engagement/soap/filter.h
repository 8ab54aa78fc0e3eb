// The filter of a Retrieve, read from XML.
//
//   SimpleFilterPart  {Property, SimpleOperator, Value* | DateValue*}
//   ComplexFilterPart {LeftOperand, LogicalOperator, RightOperand, AdditionalOperands/Operand*}
#pragma once

#include "base/result.h"
#include "engagement/filter.h"
#include "engagement/soap/xml_reader.h"

namespace rekey::engagement::soap {

using engagement::compile_filter;
using engagement::Condition;
using engagement::Filter;
using engagement::FilterColumn;
using engagement::ValueKind;

// kInvalidArgument with a sentence that names the property, never a value.
[[nodiscard]] base::Result<Filter> read_filter(const XmlElement& element);

}  // namespace rekey::engagement::soap
