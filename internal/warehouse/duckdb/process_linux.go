package duckdb

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttributes keep a terminal's Ctrl-C from the child, which ends when its parent is done with
// it, and end the child when the parent is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// beNice lowers the weight of the calling thread: Linux has one for each thread (sched(7)).
func beNice(by int) {
	// It may fail only for a process that others have made nicer already, which is as good.
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, by)
}
