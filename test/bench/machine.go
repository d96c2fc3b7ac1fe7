package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says where and when the figures were taken.
type machine struct {
	Date   time.Time `json:"date"`
	CPU    string    `json:"cpu"`
	Cores  int       `json:"cores"`
	Memory int64     `json:"memory_bytes"`
	Kernel string    `json:"kernel"`
	// Load is the load average before the first run: what else the machine was doing.
	Load string `json:"load_average"`
	// Source is the version of the source tree, Binary what the binary says of itself.
	Source string `json:"source"`
	Binary string `json:"binary"`
	Go     string `json:"go"`
}

// describeMachine collects what it can; what a system does not tell stays empty.
func describeMachine(ctx context.Context, binary string) machine {
	m := machine{
		Date: time.Now().UTC(), Cores: runtime.NumCPU(), Go: runtime.Version(),
		Source: said(ctx, "git", "describe", "--always", "--dirty", "--tags"),
		Binary: said(ctx, binary, "version"),
	}
	m.CPU = field(read("/proc/cpuinfo"), "model name")
	m.Memory, _ = parseKiB(read("/proc/meminfo"), "MemTotal") // 0 is unknown
	m.Kernel = read("/proc/sys/kernel/osrelease")
	m.Load = read("/proc/loadavg")
	return m
}

func read(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}

func said(ctx context.Context, command string, args ...string) string {
	text, _ := exec.CommandContext(ctx, command, args...).Output()
	return strings.TrimSpace(string(text))
}

// field is the value of the first line "name : value".
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (m machine) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores, %.0f MiB, Linux %s; load average %s\n%s; source %s; %s\n",
		m.CPU, m.Cores, mebibytes(m.Memory), m.Kernel, m.Load, m.Binary, m.Source, m.Date.Format(time.RFC3339))
}
