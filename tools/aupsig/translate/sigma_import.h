// Sigma rules → signatures, with a report. Pure.
//
// Translated are processes on Linux (process_creation, auditd's EXECVE), look-ups (dns_query,
// dns, Zeek's dns), connections by name and port (network_connection) and web requests (proxy,
// webserver). Image and CommandLine of one process are searched together in process.traits;
// other fields make a signature each.
#pragma once

#include "tools/aupsig/translate/rule_origin.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

void import_sigma(const std::string& file, std::string_view text, const ImportSettings& settings, TranslationReport& report, std::vector<ImportedFile>& files);

}  // namespace scanner
