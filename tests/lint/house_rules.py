#!/usr/bin/env python3
"""Holds the code against the rules of the house (scanner/README.md).

usage: house_rules.py includes|sizes|words SOURCE_DIR
       house_rules.py purity SOURCE_DIR LIBRARY

includes  a folder of scanner/ includes only what stands to its left
sizes     no file grows beyond its hard limit, unless it is listed here with its reason
words     nothing is left unfinished; third-party headers stay where they belong
purity    the core library calls no clock, file, thread, socket or log, and keeps no globals
"""
import pathlib
import re
import subprocess
import sys

ORDER = {"model": 0, "packet": 1, "process": 1, "signature": 1, "protocol": 2, "detect": 3, "policy": 4, "engine": 5, "io": 6, "app": 7}
CORE = [folder for folder, rank in ORDER.items() if rank < ORDER["io"]]
MAX_SOURCE_LINES, MAX_HEADER_LINES = 500, 200
LONGER = {}  # path: why

# Libraries whose headers one place alone may see.
CONFINED = {
    "hs": ["scanner/signature/hyperscan_matcher.cc", "tools/bench/"],
    "yaml-cpp/": ["scanner/model/yaml.cc"],
    "rapidjson/": ["scanner/protocol/json.cc"],
    "cryptopp/": ["scanner/model/digest.cc"],
    "openssl/": ["scanner/protocol/tls_keys.cc", "tests/", "tools/trafficgen/"],
    "pcap": ["scanner/io/", "tests/", "tools/bench/"],
    "sodium": ["scanner/io/", "tests/"],
    "curl/": ["scanner/io/http_sink.cc"],
    "nats/": ["scanner/io/nats_sink.cc"],
    "httplib": ["scanner/app/metrics_server.cc"],
    "prometheus/": ["scanner/app/metrics.cc"],
    "archive": ["scanner/io/tar.cc"],
    "archive_entry": ["scanner/io/tar.cc"],
    "systemd/": ["scanner/app/service_manager.cc"],
    "bpf/": ["scanner/io/ebpf_watch.cc"],
}

FORBIDDEN = re.compile(
    r"\b(clock_gettime|gettimeofday|time|localtime|fopen|open|open64|openat|read|write|socket|connect|getaddrinfo|printf|puts|fprintf"
    r"|pthread_create|getenv|rand|random|exit)$|std::chrono::\w+::now|std::thread|std::ios_base::Init|std::cout|std::cerr|spdlog|std::filesystem|std::basic_[io]?fstream")


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cc", ".h") and path.is_file():
                yield path


def includes(root):
    for path in sources(root, "scanner"):
        folder = path.relative_to(root / "scanner").parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'#include "scanner/(\w+)/', line)
            if found and found[1] != folder and ORDER[found[1]] >= ORDER[folder]:
                yield f"{path.relative_to(root)}:{number}: {folder} may not include {found[1]}"


def sizes(root):
    for path in sources(root, "scanner", "tools"):
        name, lines = str(path.relative_to(root)), len(path.read_text().splitlines())
        limit = MAX_HEADER_LINES if path.suffix == ".h" else MAX_SOURCE_LINES
        if lines > limit and name not in LONGER:
            yield f"{name}: {lines} lines, {limit} at most: does it still do one thing?"


def words(root):
    for path in sources(root, "scanner", "tools", "tests"):
        name = str(path.relative_to(root))
        core = name.startswith(tuple(f"scanner/{folder}/" for folder in CORE))
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", line):
                yield f"{name}:{number}: unfinished"
            if core and re.search(r"\bthrow\b", line.split("//")[0].split('"')[0]):
                yield f"{name}:{number}: the core throws nothing"
            found = re.match(r"#include <([\w./-]+?)(\.h|\.hpp)?>", line)
            if found:
                for prefix, places in CONFINED.items():
                    header = found[1]
                    if (header == prefix or (prefix.endswith("/") and header.startswith(prefix))) and not name.startswith(tuple(places)):
                        yield f"{name}:{number}: <{header}> belongs into {places[0]}"


def purity(library):
    undefined = subprocess.run(["nm", "-C", "--undefined-only", library], capture_output=True, text=True, check=True).stdout
    member = ""
    for line in undefined.splitlines():
        if line.endswith(":"):
            member = line[:-1]
            continue
        symbol = line.strip().removeprefix("U ").strip()
        if FORBIDDEN.search(symbol.split("@")[0].split("(")[0]):
            yield f"{member}: calls {symbol}"
    defined = subprocess.run(["nm", "-C", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    for line in defined.splitlines():
        found = re.match(r"[0-9a-f]+ ([bBdD]) (.*)", line)
        # A constant that is built on first use (k…) and its guard are no state.
        if found and not re.search(r"guard variable|::k[A-Z]|\bk[A-Z]|vtable|typeinfo|DW\.ref|__gcov|__llvm|__asan|__odr_asan|_ZTV", found[2]):
            yield f"keeps a global: {found[2]}"


def main():
    rule, root = sys.argv[1], pathlib.Path(sys.argv[2])
    problems = list(purity(sys.argv[3]) if rule == "purity" else {"includes": includes, "sizes": sizes, "words": words}[rule](root))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
