#include "tools/aupsig/lint_rules.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

constexpr std::array kRules{
    LintRule{"E001", "not YAML, or not text"},
    LintRule{"E002", "too large, too deep or too many"},
    LintRule{"E003", "YAML that is not used here"},
    LintRule{"E004", "a value of another type than expected"},
    LintRule{"E005", "a key is missing, or has no value"},
    LintRule{"E006", "a key is not known"},
    LintRule{"E007", "a key stands twice"},
    LintRule{"E008", "a value is none of those allowed"},
    LintRule{"E009", "a number is out of range"},
    LintRule{"E040", "an id or envelope key that cannot be one"},
    LintRule{"E041", "a message that would be anybody's"},
    LintRule{"E042", "a path to a value that cannot be read"},
    LintRule{"E043", "two dialects with one id"},
    LintRule{"E101", "an id, a pattern's name or a technique of another form than expected"},
    LintRule{"E103", "no patterns, or a pattern without exactly one of literal and regex"},
    LintRule{"E104", "a regex that Hyperscan refuses"},
    LintRule{"E105", "a pattern that matches the empty text"},
    LintRule{"E106", "a stream's pattern that depends on where the text ends"},
    LintRule{"E107", "a condition that cannot be read, or that holds where no pattern was seen"},
    LintRule{"E108", "\"not\" in a stream's condition"},
    LintRule{"E109", "too many patterns or examples, or an example that is too long"},
    LintRule{"E110", "no reference, or no example of a kind"},
    LintRule{"E111", "two signatures with one id, or two data sets with one name"},
    LintRule{"E112", "a match example on which the signature does not hold"},
    LintRule{"E113", "a no_match example on which it does"},
    LintRule{"E114", "a condition names a port set that is not there"},
    LintRule{"E115", "a pattern that the condition never asks for"},
    LintRule{"E116", "bytes of an example that are not pairs of hexadecimal digits"},
    LintRule{"E117", "patterns that are too large to compile"},
    LintRule{"E118", "a known miss that is matched now"},
    LintRule{"E119", "a known false positive that is not matched any more"},
    LintRule{"E121", "a data set's header line that is missing, not known or malformed"},
    LintRule{"E122", "other columns than those of the set's kind"},
    LintRule{"E123", "a row with another number of columns"},
    LintRule{"E124", "a value that its column does not allow"},
    LintRule{"E125", "a host or port that stands twice"},
    LintRule{"E131", "a baseline for a field that is not known"},
    LintRule{"E132", "a baseline's line with an escape that cannot be read"},
    LintRule{"X101", "an exception's id, owner, reason or ticket that is empty or too long"},
    LintRule{"X102", "an exception with a pattern where one thing must be named"},
    LintRule{"X103", "an exception's end that is no date"},
    LintRule{"X104", "an exception for no signature, or for more than 16"},
    LintRule{"X105", "an exception's server that is no address range"},
    LintRule{"X106", "an exception that is too broad"},
    LintRule{"X107", "an exception's process that is not named by a path from the root or a SHA-256"},
    LintRule{"X108", "two exceptions with one id"},
    LintRule{"X109", "more than 1,024 exceptions"},
    LintRule{"W201", "a stream's pattern that is not anchored: searched in every byte of every flow"},
    LintRule{"W202", "a pattern without three given bytes: slow on all that passes"},
    LintRule{"W203", "a pattern that gets large when its counted repeats are written out"},
    LintRule{"W204", "a signature that holds on a text of the benign baseline"},
    LintRule{"W205", "fewer than two near misses among the no_match examples"},
    LintRule{"W206", "all match examples are matched by another signature too"},
    LintRule{"W207", "the facts behind it have expired"},
    LintRule{"W208", "a weight that counts for more than one sign may"},
    LintRule{"W209", "a short unanchored pattern that alone is worth much"},
    LintRule{"W210", "known_false_positives is empty"},
    LintRule{"W211", "no ATT&CK technique"},
    LintRule{"W212", "a reference that is no web address"},
    LintRule{"W213", "a dot that matches any byte in a name"},
    LintRule{"W214", "a capital letter in a field that has none"},
    LintRule{"W215", "a file that does not lie where its id says"},
    LintRule{"W230", "a dialect without references"},
    LintRule{"W231", "a dialect in which no session can be seen"},
    LintRule{"W232", "a dialect in which no share can be seen"},
    LintRule{"W233", "a method that other software uses too, told by its name alone"},
    LintRule{"W240", "a data set that has expired"},
    LintRule{"W241", "a data set of a day that is still to come"},
    LintRule{"W242", "a listed host that stands in the benign baseline"},
    LintRule{"W243", "hosts that never grow old"},
    LintRule{"W250", "an exception that has ended"},
    LintRule{"W251", "an exception that ends within two weeks"},
    LintRule{"W252", "an exception that ends in more than a year"},
    LintRule{"W253", "an exception that names what is not there"},
    LintRule{"W290", "a comment that should allow a warning and cannot be read, or gives no reason"},
    LintRule{"W291", "a comment that allows what is no warning"},
    LintRule{"W292", "a comment that allows a warning that is not there"},
};

}  // namespace

std::span<const LintRule> lint_rules() { return kRules; }

const LintRule* find_lint_rule(std::string_view id) {
  const auto found = std::find_if(kRules.begin(), kRules.end(), [&](const LintRule& rule) { return rule.id == id; });
  return found == kRules.end() ? nullptr : &*found;
}

bool is_suppressible(std::string_view id) { return id.starts_with('W') && !id.starts_with("W29") && find_lint_rule(id) != nullptr; }

}  // namespace scanner
