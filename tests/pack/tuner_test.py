#!/usr/bin/env python3
"""A tuner's afternoon: from a capture that says nothing to a signed pack in a running agent, and back.

usage: tuner_test.py AUPSIG AUPSCAN TRAFFICGEN SOURCE_DIR [--corpus DIR] [--transcript FILE]

The capture holds a mining dialect that nobody has described. Every step's output is checked; with
--transcript it is kept, as tools/aupsig/README.md shows it. The agent runs in a network namespace
of its own and sees the made-up frames on its loopback. Where that is not permitted, all but the
agent's part is done, and that is said.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time


class Tuner:
    def __init__(self, options, path):
        self.options, self.path, self.lines = options, path, []
        self.pack = ["--signatures", "pack", "--declaration", str(options.source / "config/declaration.yaml")]

    def say(self, text):
        self.lines.append(text)

    def run(self, program, *arguments, code=0, show=12, hidden=()):
        """Runs one step, checks how it ended, keeps the first `show` lines of what it said."""
        given = [str(argument) for argument in arguments]
        run = subprocess.run([getattr(self.options, program), *given, *hidden], cwd=self.path, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        told = run.stdout + run.stderr
        assert run.returncode == code, f"{program} {' '.join(given)} ended with {run.returncode}, not {code}:\n{told}"
        told = told.replace(str(self.path) + "/", "").replace(str(self.options.source) + "/", "")
        lines = told.rstrip().splitlines()
        self.say(f"$ {program} {' '.join(given)}".replace(str(self.options.source) + "/", ""))
        for line in lines[:show]:
            self.say(line)
        if len(lines) > show:
            self.say(f"… {len(lines) - show} lines more")
        self.say("")
        return run.stdout + run.stderr


def expect(text, *wanted):
    for one in wanted:
        assert one in text, f"{one!r} is not in:\n{text}"


def frames_of(capture):
    """The packets of a pcapng file in little-endian order, as trafficgen writes it."""
    data, at, frames = capture.read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            (captured,) = struct.unpack_from("<I", data, at + 20)
            frames.append(data[at + 28 : at + 28 + captured])
        at += length
    assert frames
    return frames


def at_the_desk(tuner):
    options = tuner.options
    tuner.run("trafficgen", options.source / "tests/scenario/made-up-dialect/traffic.yaml", "-o", "missed.pcapng")
    told = tuner.run("aupsig", "explain", "missed.pcapng", show=24, hidden=tuner.pack)
    expect(told, 'no dialect knows the method "quarry/enter"', "no event")

    told = tuner.run("aupsig", "new", "mining.pool", "--from", "missed.pcapng", "--id", "quarry", "-o", "draft", show=24, hidden=tuner.pack)
    expect(told, "with these files the capture reaches mining.pool proof; without them: none")
    shutil.copytree(tuner.path / "draft", tuner.path / "next", dirs_exist_ok=True)

    told = tuner.run("aupsig", "test", "next", show=3)
    expect(told, "0 failed")
    told = tuner.run("aupsig", "profile", "next", "missed.pcapng", "--budget", show=10)
    expect(told, "mining.pool.quarry")

    shutil.copytree(options.source / "tests/scenario/made-up-dialect", tuner.path / "corpus/seen")
    shutil.copy(tuner.path / "missed.pcapng", tuner.path / "corpus/seen")
    corpora = ["corpus"] + ([str(options.corpus)] if options.corpus and (options.corpus / "manifest.tsv").exists() else [])
    if len(corpora) == 1:
        print("skipped: the diff over the labelled corpus, which does not stand beside the checkout")
    told = tuner.run("aupsig", "diff", "pack", "next", *corpora, "--report", "change.html", code=4, show=24)
    expect(told, "appears", "mining.pool")
    assert "quarry" in (tuner.path / "change.html").read_text()


def packed(tuner):
    tuner.run("aupsig", "keygen", "team")
    for version, directory in (1, "pack"), (2, "next"):
        tuner.run("aupsig", "pack", directory, "--name", "fleet", "--version", version, "--date", "2026-11-30", show=1)
        tuner.run("aupsig", "sign", f"fleet-{version}.aup", "--key", "team.key")


class Agent:
    def __init__(self, tuner):
        self.tuner, path = tuner, tuner.path
        (path / "aupscan.yaml").write_text(
            "local: [192.0.2.0/24]\noutbox: {directory: box}\nsinks: {file: {path: events.ndjson}}\n"
            "agent: {directory: state, stop_seconds: 10}\ncontrol: {socket: control.sock}\nevidence: {directory: evidence}\n"
            "capture: {interfaces: [lo], filter: tcp port 4040}\nprocesses: {ebpf: false, netlink: false}\n"
            "packs: {directory: packs, trusted_keys: [team.pub]}\n")
        tuner.run("aupsig", "install", "fleet-1.aup", "--config", "aupscan.yaml", "--no-agent")
        self.log = open(path / "agent.log", "w")
        self.process = subprocess.Popen([tuner.options.aupscan, "agent", "--config", "aupscan.yaml", "--ready-file", "ready"], cwd=path, stderr=self.log, stdout=self.log)
        self.until((path / "ready").exists, "the agent is ready")

    def until(self, condition, what):
        for _ in range(600):
            if condition():
                return
            assert self.process.poll() is None, (self.tuner.path / "agent.log").read_text()
            time.sleep(0.05)
        raise AssertionError(f"not within half a minute: {what}\n{(self.tuner.path / 'agent.log').read_text()}")

    def status(self):
        run = subprocess.run([self.tuner.options.aupscan, "ctl", "status", "--json", "--socket", "control.sock"], cwd=self.tuner.path, capture_output=True, text=True, timeout=60)
        return json.loads(run.stdout)["status"] if run.stdout else {}

    def breaches(self):
        file = self.tuner.path / "events.ndjson"
        events = [json.loads(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []
        return [event for event in events if event["type"] == "aupscan.breach.v1"]

    def show_traffic(self, port):
        """The miner's frames on the loopback, from a port of its own."""
        frames = frames_of(self.tuner.path / "missed.pcapng")
        seen = self.status()["engine"]["packets"]
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind(("lo", 0))
            for frame in frames:
                old, new = struct.pack(">H", 40000), struct.pack(">H", port)
                at = 34 if frame[34:36] == old else 36
                sender.send(frame[:at] + new + frame[at + 2 :])
        self.until(lambda: self.status()["engine"]["packets"] >= seen + len(frames), "the packets are judged")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        self.log.close()


def in_the_agent(tuner):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    agent = Agent(tuner)
    try:
        agent.show_traffic(40001)
        assert not agent.breaches(), "the pack of yesterday knows this dialect"
        told = tuner.run("aupsig", "install", "fleet-2.aup", "--config", "aupscan.yaml", "--confirm-within", "10m")
        expect(told, "the agent runs it", "to be confirmed until")
        agent.show_traffic(40002)
        agent.until(agent.breaches, "the event appears")
        data = agent.breaches()[-1]["data"]
        assert (data["activity"], data["subject"]["address"]) == ("mining.pool", "192.0.2.10"), data
        tuner.say(f"The agent: {data['activity']}, stage {data['stage']}, {agent.breaches()[-1]['subject']}\n")
        told = tuner.run("aupsig", "rollback", "--config", "aupscan.yaml")
        expect(told, "fleet 2 was rolled back to fleet 1")
        assert agent.status()["pack"]["version"] == 1
    finally:
        agent.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aupsig")
    parser.add_argument("aupscan")
    parser.add_argument("trafficgen")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--transcript", type=pathlib.Path)
    options = parser.parse_args()
    may = subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
    if may and "AUPSIG_TUNER" not in os.environ:
        os.environ["AUPSIG_TUNER"] = "in its namespace"
        os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="aupsig-tuner-") as directory:
        tuner = Tuner(options, pathlib.Path(directory))
        for name in "pack", "next":
            shutil.copytree(options.source / "signatures", tuner.path / name)
        at_the_desk(tuner)
        packed(tuner)
        if may:
            in_the_agent(tuner)
        else:
            print("skipped: the running agent; a network namespace is not permitted here")
        if options.transcript:
            options.transcript.write_text("\n".join(tuner.lines))
    print("the tuner's steps did what they should")


if __name__ == "__main__":
    main()
