// What the programs in the kernel tell the reader: records of the ring buffer, and the counters
// of what had no room in it. Shared between C for the kernel and C++; fixed widths, no holes.
#ifndef AUPSCAN_HOST_WATCH_EVENTS_H
#define AUPSCAN_HOST_WATCH_EVENTS_H

#define HOST_EVENT_ARGUMENTS 16384  // most bytes of arguments
#define HOST_EVENT_PATH 512         // most bytes of a path, with its end

enum host_event_kind {
  HOST_EVENT_EXEC = 1,
  HOST_EVENT_FORK = 2,
  HOST_EVENT_EXIT = 3,
  HOST_EVENT_CONNECTED = 4,
};

enum host_counter {
  HOST_LOST_EXEC = 0,
  HOST_LOST_FORK = 1,
  HOST_LOST_EXIT = 2,
  HOST_LOST_SOCKET = 3,
  HOST_ACCEPTED = 4,  // connections that somebody else began: whose they are is asked for later
  HOST_COUNTERS = 5,
};

struct host_event {
  unsigned int kind;
  int pid;                              // of the process, not of a thread
  unsigned long long at_ns;             // CLOCK_MONOTONIC
  unsigned long long start_ns;          // of the process, CLOCK_BOOTTIME; exec: set, else 0
};

// Followed by `argument_bytes` of argv, each piece with its zero byte.
struct host_exec {
  struct host_event head;
  int parent, session, tty;             // tty: 1 where it has a controlling terminal
  unsigned int uid, gid;
  unsigned int network_namespace, pid_namespace;
  unsigned int argument_bytes, arguments_total;  // argument_bytes: as many as follow
  unsigned int arguments_unread;        // 1: the kernel could not read them
  unsigned long long argument_start;    // address: tells one image from the next
  char comm[16];
  char filename[HOST_EVENT_PATH];       // what was executed, as it was asked for
  char interpreter[HOST_EVENT_PATH];    // what runs it: another path where that is a script
};

struct host_socket {
  struct host_event head;
  unsigned long long cookie;
  unsigned int network_namespace;
  unsigned short family, local_port, remote_port, unused;
  unsigned char local[16], remote[16];  // the first four where the family is AF_INET
  unsigned int unused_end;
};

#endif
