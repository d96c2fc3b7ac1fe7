package duckdb

import "syscall"

// childAttributes keep a terminal's Ctrl-C from the child, which ends when its parent is done with
// it, and end the child when the parent is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
