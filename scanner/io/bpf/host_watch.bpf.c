// Tells the reader in user space which programs are executed, which processes are born and end,
// and which TCP connections they open. Reads only; decides nothing; sends nothing anywhere else.
//
// The kernel's structures are declared here with the members that are used, and found in the
// running kernel by its own type information (CO-RE): no header of one kernel is needed.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "host_watch_events.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_CLOSE 7
#define PIDTYPE_SID 3

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  int counter;
} atomic_t;

typedef struct {
  unsigned int val;
} kuid_t;

struct cred {
  kuid_t euid, egid;
};

struct mm_struct {
  unsigned long arg_start, arg_end;
};

struct ns_common {
  unsigned int inum;
};

struct net {
  struct ns_common ns;
};

struct pid_namespace {
  struct ns_common ns;
};

struct nsproxy {
  struct net *net_ns;
  struct pid_namespace *pid_ns_for_children;
};

struct upid {
  int nr;
};

struct pid {
  struct upid numbers[1];
};

struct signal_struct {
  atomic_t live;
  struct pid *pids[4];
  void *tty;
};

struct task_struct {
  int pid, tgid;
  unsigned long long start_boottime;
  struct mm_struct *mm;
  struct task_struct *real_parent, *group_leader;
  struct signal_struct *signal;
  struct nsproxy *nsproxy;
  const struct cred *cred;
  char comm[16];
};

struct linux_binprm {
  const char *filename, *interp;
};

struct in6_addr {
  unsigned char octets[16];
};

typedef struct {
  struct net *net;
} possible_net_t;

struct sock_common {
  unsigned short skc_family, skc_num;
  __be16 skc_dport;
  __be32 skc_daddr, skc_rcv_saddr;
  struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
  possible_net_t skc_net;
};

struct sock {
  struct sock_common __sk_common;
  unsigned short sk_protocol;
};

#pragma clang attribute pop

// Set before loading.
const volatile unsigned int max_arguments = HOST_EVENT_ARGUMENTS;
const volatile unsigned long long wake_bytes = 262144;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

// In the programs' own memory, which the reader maps: many looks a second take no system call.
unsigned long long counters[HOST_COUNTERS];

struct exec_record {
  struct host_exec exec;
  char arguments[HOST_EVENT_ARGUMENTS];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, unsigned int);
  __type(value, struct exec_record);
} scratch SEC(".maps");

struct connector {
  int pid;
};

// Who opens a connection, from the moment it is begun until it is established or given up.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, unsigned long long);
  __type(value, struct connector);
} connecting SEC(".maps");

static __always_inline void count(enum host_counter counter) { __sync_fetch_and_add(&counters[counter], 1); }

// The reader looks by itself many times a second: it is woken only when much has gathered.
static __always_inline unsigned long long wake_flags(void) {
  return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wake_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm) {
  unsigned int zero = 0;
  struct exec_record *record = bpf_map_lookup_elem(&scratch, &zero);
  if (!record) return 0;
  struct host_exec *exec = &record->exec;
  exec->head.kind = HOST_EVENT_EXEC;
  exec->head.pid = BPF_CORE_READ(task, tgid);
  exec->head.at_ns = bpf_ktime_get_ns();
  exec->head.start_ns = BPF_CORE_READ(task, start_boottime);
  exec->parent = BPF_CORE_READ(task, real_parent, tgid);
  exec->session = BPF_CORE_READ(task, signal, pids[PIDTYPE_SID], numbers[0].nr);
  exec->tty = BPF_CORE_READ(task, signal, tty) != 0;
  exec->uid = BPF_CORE_READ(task, cred, euid.val);
  exec->gid = BPF_CORE_READ(task, cred, egid.val);
  exec->network_namespace = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
  exec->pid_namespace = BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
  bpf_get_current_comm(exec->comm, sizeof exec->comm);
  exec->filename[0] = exec->interpreter[0] = 0;
  bpf_probe_read_kernel_str(exec->filename, sizeof exec->filename, BPF_CORE_READ(bprm, filename));
  bpf_probe_read_kernel_str(exec->interpreter, sizeof exec->interpreter, BPF_CORE_READ(bprm, interp));

  unsigned long start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
  unsigned long long length = end - start;
  exec->argument_start = start;
  exec->arguments_total = length;
  exec->arguments_unread = 0;
  if (length > max_arguments) length = max_arguments;
  barrier_var(length);
  if (length > HOST_EVENT_ARGUMENTS) length = HOST_EVENT_ARGUMENTS;
  if (bpf_probe_read_user(record->arguments, length, (void *)start) != 0) {
    exec->arguments_unread = 1;
    length = 0;
  }
  barrier_var(length);
  if (length > HOST_EVENT_ARGUMENTS) return 0;
  exec->argument_bytes = length;
  if (bpf_ringbuf_output(&events, record, sizeof(struct host_exec) + length, wake_flags()) != 0) count(HOST_LOST_EXEC);
  return 0;
}

static __always_inline void tell(unsigned int kind, int pid, enum host_counter counter) {
  struct host_event *event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) {
    count(counter);
    return;
  }
  event->kind = kind;
  event->pid = pid;
  event->at_ns = bpf_ktime_get_ns();
  event->start_ns = 0;
  bpf_ringbuf_submit(event, wake_flags());
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child) {
  int pid = BPF_CORE_READ(child, pid);
  if (pid == BPF_CORE_READ(child, tgid)) tell(HOST_EVENT_FORK, pid, HOST_LOST_FORK);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task) {
  // Of its threads none lives on. Two that end at once may both say so.
  if (BPF_CORE_READ(task, signal, live.counter) == 0) tell(HOST_EVENT_EXIT, BPF_CORE_READ(task, tgid), HOST_LOST_EXIT);
  return 0;
}

static __always_inline void tell_connected(struct sock *sk, unsigned long long cookie, int pid) {
  struct host_socket *event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) {
    count(HOST_LOST_SOCKET);
    return;
  }
  __builtin_memset(event, 0, sizeof *event);
  event->head.kind = HOST_EVENT_CONNECTED;
  event->head.pid = pid;
  event->head.at_ns = bpf_ktime_get_ns();
  event->cookie = cookie;
  event->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
  event->family = BPF_CORE_READ(sk, __sk_common.skc_family);
  event->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
  event->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
  if (event->family == AF_INET) {
    __be32 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
    __builtin_memcpy(event->local, &local, sizeof local);
    __builtin_memcpy(event->remote, &remote, sizeof remote);
  } else {
    BPF_CORE_READ_INTO((struct in6_addr *)event->local, sk, __sk_common.skc_v6_rcv_saddr);
    BPF_CORE_READ_INTO((struct in6_addr *)event->remote, sk, __sk_common.skc_v6_daddr);
  }
  bpf_ringbuf_submit(event, wake_flags());
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old_state, int new_state) {
  unsigned short family = BPF_CORE_READ(sk, __sk_common.skc_family);
  if (family != AF_INET && family != AF_INET6) return 0;
  if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP) return 0;
  if (new_state == TCP_SYN_SENT) {
    // Here, and only here, the connecting process is the current one.
    unsigned long long cookie = bpf_get_socket_cookie(sk);
    struct connector owner = {.pid = bpf_get_current_pid_tgid() >> 32};
    bpf_map_update_elem(&connecting, &cookie, &owner, BPF_ANY);
  } else if (old_state == TCP_SYN_SENT) {
    unsigned long long cookie = bpf_get_socket_cookie(sk);
    struct connector *owner = bpf_map_lookup_elem(&connecting, &cookie);
    if (!owner) return 0;
    int pid = owner->pid;
    bpf_map_delete_elem(&connecting, &cookie);
    if (new_state == TCP_ESTABLISHED) tell_connected(sk, cookie, pid);
  } else if (old_state == TCP_SYN_RECV && new_state == TCP_ESTABLISHED) {
    count(HOST_ACCEPTED);
  }
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
