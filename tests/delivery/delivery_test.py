#!/usr/bin/env python3
"""Events reach files, collectors and brokers at least once, whatever is killed, full or down.

usage: delivery_test.py OUTBOX_PROBE AUPSCAN [unittest options]
KILLS=200 in the environment kills that often instead of 20 times.

Nothing here decides by the clock: a test ends when what it waits for is there, or by the
time-out of the whole.
"""
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

from receivers import Collector, NatsClient, NatsServer, certificates, free_ports

PROBE, AUPSCAN = sys.argv[1], sys.argv[2]
AGENT = str(pathlib.Path(PROBE).with_name("agent_probe"))
SOURCE = pathlib.Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("KILLS", "20"))
KINDS = {"event": 1, "held": 2, "note": 3, "checkpoint": 4}


def record_hash(line):
    """The hash of an event's record, computed from the line alone by scanner/docs/outbox.md."""
    body, integrity = line.rsplit(',"integrity":', 1)
    body += "}}"
    integrity = json.loads(integrity[:-2])
    content = hashlib.sha256(body.encode()).digest()
    text = b"aupscan record 1\n" + struct.pack("<QB", integrity["sequence"], KINDS[integrity["record"]]) + bytes.fromhex(integrity["previous"]) + content
    return integrity, hashlib.sha256(text).hexdigest()


class Delivery(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="aupscan-delivery-")
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        key = self.path / "sign.key"
        key.write_bytes(b"s" * 32)
        key.chmod(0o600)

    def config(self, sinks, outbox=""):
        (self.path / "aupscan.yaml").write_text(f"outbox: {{directory: box, signing_key_file: sign.key, events_per_subject_hour: 0{outbox}}}\nsinks:\n{sinks}")
        return str(self.path / "aupscan.yaml")

    def probe(self, config, first, count, grace=20_000, attempts=0, **options):
        """`grace`: milliseconds that it waits at most for all to be delivered; it ends when that is so."""
        run = subprocess.run([PROBE, config, str(first), str(count), str(grace), str(attempts)], capture_output=True, text=True, timeout=grace / 1000 + 100, **options)
        durable = [int(line.split()[1]) for line in run.stdout.splitlines() if line.startswith("durable")]
        return run, durable

    def lines(self, name="events.ndjson"):
        files = sorted(self.path.glob(name + "*"), key=lambda p: -int(p.suffix[1:]) if p.suffix[1:].isdigit() else 0)
        return [line for file in files for line in file.read_text().splitlines()]

    def check_events(self, lines, numbers, what):
        """At least once each, none twice under its id, none corrupt, and the chain holds."""
        by_id, by_sequence, again = {}, {}, 0
        for line in lines:
            event = json.loads(line)
            integrity, computed = record_hash(line)
            self.assertEqual(integrity["sha256"], computed)
            again += event["id"] in by_id
            body = line.rsplit(',"integrity":', 1)[0]
            self.assertEqual(by_id.setdefault(event["id"], body), body)
            self.assertEqual(by_sequence.setdefault(integrity["sequence"], integrity), integrity)
        for sequence, integrity in by_sequence.items():
            if sequence - 1 in by_sequence:
                self.assertEqual(integrity["previous"], by_sequence[sequence - 1]["sha256"])
        got = {json.loads(body + "}}")["data"].get("number") for body in by_id.values()} - {None}
        missing = sorted(set(numbers) - got)
        self.assertEqual(missing, [], f"{what}: acknowledged and not delivered")
        return len(by_id), again

    # A file.

    def test_a_file_gets_every_event_and_the_chain_has_no_gap(self):
        config = self.config("  file: {path: events.ndjson, rotate_bytes: 20000, keep: 1000}\n")
        run, durable = self.probe(config, 1, 100)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(durable[-1], 100)
        self.check_events(self.lines(), range(1, 101), "file")
        sequences = [json.loads(line)["data"]["integrity"]["sequence"] for line in self.lines()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        self.assertEqual(json.loads(self.lines()[-1])["data"]["what"], "outbox.checkpoint")

    # Killed.

    def test_a_killed_process_loses_nothing_and_doubles_nothing(self):
        collector = Collector(answer=self.unreliable())
        self.addCleanup(collector.close)
        config = self.config(f"  file: {{path: events.ndjson, rotate_bytes: 200000, keep: 1000}}\n  http: {{url: 'http://127.0.0.1:{collector.port}/', batch_events: 16}}\n",
                             ", segment_bytes: 65536")
        chance, acknowledged, last = random.Random(4), set(), 0
        for _ in range(KILLS):
            first = last + 1
            process = subprocess.Popen([PROBE, config, str(first), "1000000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(chance.uniform(0.005, 0.25))
            process.send_signal(signal.SIGKILL)
            for line in process.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    last = int(line.split()[1])
            process.stdout.close()
            process.wait()
            acknowledged.update(range(first, last + 1))
        # The collector goes on refusing half of all: what waits for it is as much as the machine was fast.
        run, durable = self.probe(config, last + 1, 10, grace=1_200_000)
        self.assertEqual(run.returncode, 0, run.stderr)
        acknowledged.update(range(last + 1, durable[-1] + 1))
        in_file, file_again = self.check_events(self.lines(), acknowledged, "file")
        bodies = [body.decode() for body, _ in collector.batches]
        at_collector, collector_again = self.check_events([line for body in bodies for line in self.split(body)], acknowledged, "collector")
        print(f"\n{KILLS} kills: {len(acknowledged)} events acknowledged; in the file {in_file} ids, {file_again} of them again; "
              f"at the collector {at_collector} ids, {collector_again} again, of {len(collector.statuses)} requests "
              f"{sum(s >= 300 for s in collector.statuses)} refused; lost 0, corrupt 0", file=sys.stderr)

    @staticmethod
    def unreliable():
        chance = random.Random(5)
        return lambda events: (chance.choice([204, 204, 204, 500, 503, 429]), {})

    @staticmethod
    def split(body):
        return re.split(r"(?<=\}\}\}),(?=\{\"specversion\")", body[1:-1])

    # Collectors.

    def test_a_collector_that_answers_500_and_429_gets_everything_in_the_end(self):
        answers = iter([500, 502, 429, 408, 401, 404, 301])
        collector = Collector(answer=lambda events: (next(answers, 202), {"Retry-After": "0"}))
        self.addCleanup(collector.close)
        run, _ = self.probe(self.config(f"  http: {{url: 'http://127.0.0.1:{collector.port}/in', batch_events: 5}}\n"), 1, 30)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(collector.statuses[:7], [500, 502, 429, 408, 401, 404, 301])
        self.assertEqual([e["data"]["number"] for e in collector.events() if "number" in e["data"]], list(range(1, 31)))
        self.assertTrue(all(len(events) <= 5 for _, events in collector.batches))
        self.assertEqual(set(collector.types), {"application/cloudevents-batch+json; charset=UTF-8"})

    def test_a_collector_that_is_down_holds_nobody_up_and_gets_everything_later(self):
        (port,) = free_ports(1)
        config = self.config(f"  file: {{path: events.ndjson}}\n  http: {{url: 'http://127.0.0.1:{port}/'}}\n")
        run, durable = self.probe(config, 1, 200, grace=0, attempts=1)
        self.assertEqual(durable[-1], 200)
        self.assertIn("sink http", run.stderr)
        self.probe(config, 201, 1, grace=0)
        collector = Collector(port=port)
        self.addCleanup(collector.close)
        self.probe(config, 202, 1)
        self.assertEqual(sorted(e["data"]["number"] for e in collector.events() if "number" in e["data"]), list(range(1, 203)))
        self.check_events(self.lines(), range(1, 203), "file")

    def test_a_collector_that_never_answers_holds_nobody_up(self):
        collector = Collector(answer=lambda events: (time.sleep(3600), (204, {}))[1])
        self.addCleanup(lambda: collector.server.server_close())
        config = self.config(f"  file: {{path: events.ndjson}}\n  http: {{url: 'http://127.0.0.1:{collector.port}/'}}\n")
        run, durable = self.probe(config, 1, 100, grace=0)
        self.assertEqual((run.returncode, durable[-1]), (0, 100))
        self.probe(self.config("  file: {path: events.ndjson}\n"), 101, 1)
        self.check_events(self.lines(), range(1, 102), "file")

    def test_an_event_that_a_collector_refuses_is_left_out_and_told_of(self):
        collector = Collector(answer=lambda events: (400 if any(e["data"].get("number") == 7 for e in events) else 200, {}))
        self.addCleanup(collector.close)
        run, _ = self.probe(self.config(f"  http: {{url: 'http://127.0.0.1:{collector.port}/'}}\n"), 1, 20)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.probe(str(self.path / "aupscan.yaml"), 21, 1)
        self.assertEqual(sorted(e["data"]["number"] for e in collector.events() if "number" in e["data"]), [n for n in range(1, 22) if n != 7])
        poison = [e for e in collector.events() if e["data"].get("what") == "sink.poison"]
        self.assertEqual([p["data"]["detail"]["sink"] for p in poison], ["http"])

    def test_mutual_tls_is_asked_for_and_a_stranger_is_not_believed(self):
        context = certificates(self.path)
        collector = Collector(context=context)
        self.addCleanup(collector.close)
        url = f"https://127.0.0.1:{collector.port}/"
        run, _ = self.probe(self.config(f"  http: {{url: '{url}', certificate_file: client.pem, key_file: client.key}}\n"), 1, 3, grace=0, attempts=1)
        self.assertIn("certificate", run.stderr)
        run, _ = self.probe(self.config(f"  http: {{url: '{url}', ca_file: ca.pem}}\n"), 4, 3, grace=0, attempts=1)
        self.assertEqual(collector.events(), [])
        run, _ = self.probe(self.config(f"  http: {{url: '{url}', ca_file: ca.pem, certificate_file: client.pem, key_file: client.key}}\n"), 7, 3)
        self.assertEqual(sorted(e["data"]["number"] for e in collector.events() if "number" in e["data"]), list(range(1, 10)))

    # A full disk.

    def test_a_file_that_may_not_grow_is_data_and_what_was_acknowledged_stays(self):
        limit = 40_000
        config = self.config("  file: {path: events.ndjson, rotate_bytes: 10000, keep: 1000}\n", ", segment_bytes: 8388608")
        run, durable = self.probe(config, 1, 200, grace=200, preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        self.assertIn("cannot be written", run.stderr)
        self.assertLess(len(durable), 200)
        run, more = self.probe(config, durable[-1] + 1, 20)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.check_events(self.lines(), [*range(1, durable[-1] + 1), *range(durable[-1] + 1, more[-1] + 1)], "file")

    # The agent itself.

    def agent_config(self, sinks, outbox=""):
        pack = self.path / "pack/dialects"
        pack.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / "signatures/dialects/cryptonote.yaml", pack)
        self.config(sinks, outbox)
        with open(self.path / "aupscan.yaml", "a") as file:
            file.write("agent: {directory: state, signatures: pack, stop_seconds: 30}\ncontrol: {socket: control.sock}\nevidence: {directory: evidence}\n")
        return str(self.path / "aupscan.yaml")

    def agent(self, config, first, *count, **options):
        return subprocess.Popen([AGENT, config, str(SOURCE / "config/declaration.yaml"), str(first), *map(str, count)], stderr=subprocess.PIPE, text=True, **options)

    def in_the_outbox(self, kinds=(1,)):
        """The bodies of all events that the agent's outbox has, by scanner/docs/outbox.md."""
        bodies = []
        for segment in sorted((self.path / "box").glob("*.log")):
            data, at = segment.read_bytes(), 52
            while at + 84 <= len(data):
                length, sequence, kind = struct.unpack_from("<IQB", data, at + 4)
                body = data[at + 84:at + 84 + length]
                if len(body) < length or zlib.crc32(data[at + 4:at + 84 + length]) != struct.unpack_from("<I", data, at)[0]:
                    break
                bodies += [body.decode()] if kind in kinds else []
                at += 84 + length
        return bodies

    def check_agent(self, lines, what, evidence_is_there=True):
        """Every event of the outbox at least once, none twice under its id with another content, none corrupt; evidence is there."""
        self.check_events(lines, [], what)
        got = {json.loads(line)["id"] for line in lines}
        events = [json.loads(body) for body in self.in_the_outbox()]
        breaches = {event["id"] for event in events if event["type"] == "aupscan.breach.v1"}
        self.assertEqual(breaches - got, set(), f"{what}: durable and not delivered")
        self.assertEqual({event["id"] for event in events} - got, set(), f"{what}: durable and not delivered")
        notes = [json.loads(body)["data"] for body in self.in_the_outbox((3,))]
        removed = {note["detail"]["file"] for note in notes if note["what"] == "evidence.removed"}
        kept = 0
        for event in events if evidence_is_there else []:
            for evidence in event["data"]["evidence"]:
                if evidence["file"] in removed:  # a full disk took it, and a record says so
                    continue
                self.assertEqual(hashlib.sha256((self.path / "evidence" / evidence["file"]).read_bytes()).hexdigest(), evidence["sha256"])
                kept += 1
        return len(events), len(breaches), kept

    def test_an_agent_that_is_killed_again_and_again_delivers_all_that_its_outbox_took(self):
        unreliable, chance = self.unreliable(), random.Random(6)

        def answer(events):
            time.sleep(chance.choice([0, 0, 0, 0.1]))
            return unreliable(events)

        collector = Collector(answer=answer)
        self.addCleanup(collector.close)
        config = self.agent_config(f"  retry_seconds: 1\n  retry_most_seconds: 1\n  file: {{path: events.ndjson, rotate_bytes: 400000, keep: 1000}}\n"
                                   f"  http: {{url: 'http://127.0.0.1:{collector.port}/', batch_events: 64}}\n", ", segment_bytes: 262144")
        first = 1
        for _ in range(KILLS):
            process = self.agent(config, first)
            time.sleep(chance.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            first += 3000
        collector.answer = lambda events: (204, {})
        process = self.agent(config, first, 3)
        errors = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 0, errors)
        in_file = self.check_agent(self.lines(), "file")
        at_collector = [line for body, _ in collector.batches for line in self.split(body.decode())]
        self.check_agent(at_collector, "collector")
        ids = [json.loads(line)["id"] for line in at_collector]
        self.assertGreater(in_file[1], KILLS)
        verified = subprocess.run([AUPSCAN, "verify", "--evidence", str(self.path / "evidence"), str(self.path / "box")], capture_output=True, text=True)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        print(f"\n{KILLS} kills of an agent under load: {in_file[0]} events durable, {in_file[1]} of breaches, with {in_file[2]} pieces of evidence; in the file all, "
              f"at the collector all ({len(ids)} deliveries of {len(set(ids))} ids); lost 0, corrupt 0", file=sys.stderr)

    def test_an_agent_on_a_full_disk_goes_on_and_keeps_what_was_durable(self):
        config = self.agent_config("  file: {path: events.ndjson}\n")
        limit = 30_000
        process = self.agent(config, 1, 40, preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        errors = process.communicate(timeout=120)[1]
        self.assertIn("cannot be written", errors)
        before = {json.loads(body)["id"] for body in self.in_the_outbox()}
        self.assertTrue(before)
        process = self.agent(config, 5000, 3)
        errors = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 0, errors)
        # The full disk took evidence first, and no record of that fitted before the process ended.
        self.check_agent(self.lines(), "file", evidence_is_there=False)
        self.assertLessEqual(before, {json.loads(line)["id"] for line in self.lines()})

    # A broker.

    def nats(self):
        if not shutil.which("nats-server"):
            self.skipTest("skipped: nats-server is not installed")

    def numbers_of(self, messages):
        return [n for n in (json.loads(data)["data"].get("number") for _, data in messages) if n is not None]

    def test_a_jetstream_stream_gets_every_event_once(self):
        self.nats()
        (port,) = free_ports(1)
        server = NatsServer(str(self.path / "nats"), port)
        self.addCleanup(server.kill)
        client = NatsClient(port)
        self.addCleanup(client.close)
        client.create_stream(1)
        config = self.config(f"  nats: {{servers: ['nats://127.0.0.1:{port}']}}\n")
        run, _ = self.probe(config, 1, 300)
        self.assertEqual(run.returncode, 0, run.stderr)
        os.remove(self.path / "box/cursor-nats.json")  # everything goes again, and the stream knows it
        self.probe(config, 301, 1)
        messages = client.messages()
        self.assertEqual(self.numbers_of(messages), list(range(1, 302)))
        for headers, data in messages:
            self.assertIn("Nats-Msg-Id: " + json.loads(data)["id"], headers.replace("Nats-Msg-Id:", "Nats-Msg-Id: ").replace(":  ", ": "))
        self.check_events([data for _, data in messages], range(1, 302), "stream")
        print("\none node: 301 events, all delivered twice, in the stream once each", file=sys.stderr)

    def test_a_broker_without_the_stream_gets_everything_once_it_is_there(self):
        self.nats()
        (port,) = free_ports(1)
        server = NatsServer(str(self.path / "nats"), port)
        self.addCleanup(server.kill)
        client = NatsClient(port)
        self.addCleanup(client.close)
        config = self.config(f"  nats: {{servers: ['nats://127.0.0.1:{port}']}}\n")
        run, durable = self.probe(config, 1, 20, grace=0, attempts=1)
        self.assertIn("sink nats", run.stderr)
        client.create_stream(1)
        self.probe(config, 21, 1)
        self.assertEqual(self.numbers_of(client.messages()), list(range(1, 22)))

    def test_a_cluster_that_loses_a_node_loses_no_event(self):
        self.nats()
        ports, routes = free_ports(3), free_ports(3)
        servers = [NatsServer(str(self.path / f"n{i}"), ports[i], ("test", routes[i], routes)) for i in range(3)]
        for server in servers:
            self.addCleanup(server.kill)
        client = NatsClient(ports[2])
        self.addCleanup(client.close)
        client.create_stream(3)
        urls = ", ".join(f"'nats://127.0.0.1:{port}'" for port in ports)
        config = self.config(f"  nats: {{servers: [{urls}], timeout_seconds: 2}}\n")
        process = subprocess.Popen([PROBE, config, "1", "3000", "60000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:  # the node goes while events flow
            if line.startswith("durable") and int(line.split()[1]) > 300:
                break
        servers[0].kill()
        rest = process.communicate(timeout=120)[0]
        self.assertIn("stopped", rest)
        messages = client.messages()
        got = self.numbers_of(messages)
        self.assertEqual(sorted(set(got)), list(range(1, 3001)))
        self.assertEqual(len(got), 3000, "none twice")
        print("\nthree nodes, one killed: 3000 events, in the stream once each", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
