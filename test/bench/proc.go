package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc: USER_HZ is 100 on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// cpuTimes is what a process has spent, in user and kernel mode. Children is what those of its
// children spent that it has waited for.
type cpuTimes struct{ own, children time.Duration }

// parseStat reads /proc/PID/stat. The command's name, in parentheses, may hold anything.
func parseStat(text string) (cpuTimes, error) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return cpuTimes{}, fmt.Errorf("no command in %q", text)
	}
	fields := strings.Fields(text[end+1:])
	const utime, needed = 11, 15 // utime is field 14 of stat, the state after the command field 3
	if len(fields) < needed {
		return cpuTimes{}, fmt.Errorf("%d fields after the command in %q", len(fields), text)
	}
	var ticks [4]time.Duration
	for i := range ticks {
		n, err := strconv.ParseInt(fields[utime+i], 10, 64)
		if err != nil {
			return cpuTimes{}, err
		}
		ticks[i] = time.Duration(n) * clockTick
	}
	return cpuTimes{own: ticks[0] + ticks[1], children: ticks[2] + ticks[3]}, nil
}

// parseKiB finds "Name:   123 kB" in the text of /proc/PID/status or smaps_rollup, in bytes.
func parseKiB(text, name string) (int64, error) {
	for line := range strings.Lines(text) {
		value, found := strings.CutPrefix(line, name+":")
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		return n << 10, err
	}
	return 0, fmt.Errorf("no line %s", name)
}

// parseStatm is the resident size, in bytes, that /proc/PID/statm tells.
func parseStatm(text string, pageSize int) (int64, error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("too few fields in %q", text)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(pageSize), err
}

// parseMachineCPU reads the first line of /proc/stat: what all cores were busy with, and how long
// the hypervisor kept them from running.
func parseMachineCPU(text string) (busy, stolen time.Duration, err error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	const user, nice, system, irq, softirq, steal = 1, 2, 3, 6, 7, 8
	if len(fields) <= steal || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("not the line of all cores: %q", line)
	}
	for _, i := range []int{user, nice, system, irq, softirq, steal} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, 0, err
		}
		if i == steal {
			stolen = time.Duration(n) * clockTick
		} else {
			busy += time.Duration(n) * clockTick
		}
	}
	return busy, stolen, nil
}

func readProc(pid int, name string) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	return string(text), err
}

// children are the processes that pid has started and that are still there.
func children(pid int) []int {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	var found []int
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may have ended meanwhile
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// treeCPU is what a process and its children have spent, those that died included.
func treeCPU(pid int) (parent, child time.Duration, err error) {
	text, err := readProc(pid, "stat")
	if err != nil {
		return 0, 0, err
	}
	own, err := parseStat(text)
	if err != nil {
		return 0, 0, err
	}
	child = own.children
	for _, c := range children(pid) {
		text, err := readProc(c, "stat")
		if errors.Is(err, os.ErrNotExist) {
			continue // it has just ended
		}
		times, err := parseStat(text)
		if err != nil {
			return 0, 0, err
		}
		child += times.own
	}
	return own.own, child, nil
}
