"""Captures for the tests of the command line: a miner and its pool, as pcap."""
import struct

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"


def _address(text):
    return bytes(int(part) for part in text.split("."))


class Dialogue:
    """One TCP conversation; `packets` are (seconds, bytes of an Ethernet frame)."""

    def __init__(self, client=CLIENT, server=SERVER, client_port=40000, server_port=3333, at=1_700_000_000.0):
        self.ends = [(client, client_port), (server, server_port)]
        self.sequence = [1000, 900000]
        self.at = at
        self.packets = []
        self._segment(0, 0x02)
        self._segment(1, 0x12)
        self._segment(0, 0x10)

    def _segment(self, side, flags, payload=b""):
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        acknowledgement = self.sequence[1 - side] if flags & 0x10 else 0
        tcp = struct.pack("!HHIIBBHHH", source_port, target_port, self.sequence[side], acknowledgement, 5 << 4, flags, 64240, 0, 0)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, _address(source), _address(target))
        self.packets.append((self.at, b"\x02" * 12 + b"\x08\x00" + ip + tcp + payload))
        self.sequence[side] += len(payload) + (1 if flags & 0x03 else 0)
        self.at += 0.01

    def client(self, text):
        self._segment(0, 0x18, text.encode())
        return self

    def server(self, text):
        self._segment(1, 0x18, text.encode())
        return self

    def wait(self, seconds):
        self.at += seconds
        return self


def miner(shares=3, **ends):
    talk = Dialogue(**ends)
    talk.client('{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"someone","pass":"x","agent":"miner/1.0"}}\n')
    talk.server('{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"s1","job":{"blob":"%s","job_id":"j1","target":"b88d0600"},"status":"OK"}}\n' % ("0" * 152))
    for i in range(shares):
        talk.wait(5)
        talk.client('{"id":%d,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"j1","nonce":"0000000%d","result":"%s"}}\n' % (i + 2, i % 10, "a" * 64))
        talk.server('{"id":%d,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}\n' % (i + 2))
    return talk


def refused(**ends):
    talk = Dialogue(**ends)
    talk.client('{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"someone","pass":"x","agent":"miner/1.0"}}\n')
    return talk.server('{"id":1,"jsonrpc":"2.0","error":{"code":-1,"message":"no such user"},"result":null}\n')


def browsing(**ends):
    talk = Dialogue(server_port=80, **ends)
    talk.client("GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n")
    return talk.server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def pcap(*dialogues):
    packets = sorted((packet for dialogue in dialogues for packet in dialogue.packets), key=lambda packet: packet[0])
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for at, frame in packets:
        out += struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame
    return out
