//go:build !linux

package duckdb

import "syscall"

// childAttributes keep a terminal's Ctrl-C from the child. It ends when its socket is closed, which
// the system does when the parent is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// beNice does nothing: the weight is the whole process's, loads included.
func beNice(int) {}
