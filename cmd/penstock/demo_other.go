//go:build !linux

package main

import "syscall"

// demoAttributes keep a terminal's Ctrl-C from the demo's pipeline, which the demo stops itself.
func demoAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
