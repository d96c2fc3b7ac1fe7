package main

import "syscall"

// demoAttributes keep a terminal's Ctrl-C from the demo's pipeline, which the demo stops itself, and
// end the pipeline when the demo is killed.
func demoAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
