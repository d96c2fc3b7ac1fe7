package main

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

func TestParseStatSkipsAnyCommandName(t *testing.T) {
	got, err := parseStat("12 (a) b (c)) S 1 12 12 0 -1 4194560 900 0 3 0 150 50 7 3 20 0 9 0 1 2 3")
	want := cpuTimes{own: 2 * time.Second, children: 100 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "12 (a) S 1 2", "12 (a) S 1 12 12 0 -1 4194560 900 0 3 0 x 50 7 3"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestParseMemory(t *testing.T) {
	const status = "Name:\tpenstock\nVmPeak:\t  999 kB\nVmHWM:\t  2048 kB\nVmRSS:\t   12 kB\n"
	if got, err := parseKiB(status, "VmHWM"); err != nil || got != 2<<20 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := parseKiB(status, "Pss"); err == nil {
		t.Error("a line that is missing is found")
	}
	if got, err := parseStatm("1000 25 3 4 0 5 0\n", 4096); err != nil || got != 25*4096 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := parseStatm("1000", 4096); err == nil {
		t.Error("a short statm is taken")
	}
}

func TestParseMachineCPU(t *testing.T) {
	busy, stolen, err := parseMachineCPU("cpu  100 20 30 5000 600 4 6 40 0 0\ncpu0 1 2 3\n")
	if err != nil || busy != 1600*time.Millisecond || stolen != 400*time.Millisecond {
		t.Errorf("%s, %s, %v", busy, stolen, err)
	}
	if _, _, err := parseMachineCPU("intr 1 2 3 4 5 6 7 8 9"); err == nil {
		t.Error("another line is taken")
	}
}

func TestProcOfLiveProcesses(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	if got := children(os.Getpid()); !slices.Contains(got, child.Process.Pid) {
		t.Errorf("child %d is not among %v", child.Process.Pid, got)
	}
	m, err := readMemory(os.Getpid())
	if err != nil || len(m.pids) < 2 || m.resident < 2<<20 {
		t.Errorf("%+v, %v", m, err)
	}
	if pss, err := readShared(m.pids); err != nil || pss <= 0 || pss > 2*m.resident {
		t.Errorf("Pss %d of %d resident: %v", pss, m.resident, err)
	}
	for begun := time.Now(); time.Since(begun) < 30*time.Millisecond; {
		continue // spends CPU
	}
	if parent, _, err := treeCPU(os.Getpid()); err != nil || parent < clockTick {
		t.Errorf("%s, %v", parent, err)
	}
}
