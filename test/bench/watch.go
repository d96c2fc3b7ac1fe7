package main

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"
)

// Sampling intervals. Reading Pss walks every page of a process and is done less often, so that
// watching costs nothing that shows in a figure.
const (
	memoryEvery = 100 * time.Millisecond
	sharedEvery = time.Second
)

// usage is what the pipeline's processes and the machine spent over a stretch of time.
type usage struct {
	Seconds float64 `json:"seconds"`
	// Parent and Child are CPU seconds of the pipeline's two processes, Own those of this process:
	// the load generator and what watches.
	Parent float64 `json:"parent_cpu_s"`
	Child  float64 `json:"child_cpu_s"`
	Own    float64 `json:"generator_cpu_s"`
	// Others and Stolen are mean cores that other processes were busy on, and that the hypervisor
	// held back.
	Others float64 `json:"others_cores"`
	Stolen float64 `json:"stolen_cores"`
}

func (u usage) pipeline() float64 { return u.Parent + u.Child }

// perEvent is CPU seconds as microseconds for each of n events.
func perEvent(seconds float64, n int64) float64 { return seconds * 1e6 / float64(max(n, 1)) }

// peaks are the largest memory sizes seen, in bytes.
type peaks struct {
	// Resident is the sum of the resident sizes at one moment; what the processes share, the
	// program's text above all, is in it twice. Pss has it once.
	Resident int64 `json:"resident_bytes"`
	Pss      int64 `json:"pss_bytes"`
	// HighWater are the kernel's own high-water marks, by process: the parent first.
	HighWater []int64 `json:"high_water_bytes"`
}

// watcher samples a pipeline's processes until stop.
type watcher struct {
	pid    int
	cancel context.CancelFunc
	done   sync.WaitGroup

	start                time.Time
	parent, child, own   time.Duration
	busy, stolen         time.Duration
	mu                   sync.Mutex
	peak                 peaks
	restarts, lastWorker int
}

// watch begins; it is ended by stop.
func watch(ctx context.Context, pid int) (*watcher, error) {
	w := &watcher{pid: pid, start: time.Now(), own: ownCPU()}
	var err error
	if w.parent, w.child, err = treeCPU(pid); err != nil {
		return nil, err
	}
	if w.busy, w.stolen, err = machineCPU(); err != nil {
		return nil, err
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.done.Go(func() { w.sample(ctx) })
	return w, nil
}

func (w *watcher) sample(ctx context.Context) {
	memory, shared := time.NewTicker(memoryEvery), time.NewTicker(sharedEvery)
	defer memory.Stop()
	defer shared.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-memory.C:
			w.see(false)
		case <-shared.C:
			w.see(true)
		}
	}
}

// see takes one sample. A process that is just gone gives none.
func (w *watcher) see(shared bool) {
	m, err := readMemory(w.pid)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peak.Resident = max(w.peak.Resident, m.resident)
	if len(m.pids) > 1 {
		if w.lastWorker != 0 && w.lastWorker != m.pids[1] {
			w.restarts++
		}
		w.lastWorker = m.pids[1]
	}
	if shared {
		if pss, err := readShared(m.pids); err == nil {
			w.peak.Pss = max(w.peak.Pss, pss)
		}
		w.peak.HighWater = highWater(m.pids)
	}
}

// usage is what was spent since the beginning.
func (w *watcher) usage() (usage, error) {
	parent, child, err := treeCPU(w.pid)
	if err != nil {
		return usage{}, err
	}
	busy, stolen, err := machineCPU()
	if err != nil {
		return usage{}, err
	}
	u := usage{
		Seconds: time.Since(w.start).Seconds(),
		Parent:  (parent - w.parent).Seconds(), Child: (child - w.child).Seconds(), Own: (ownCPU() - w.own).Seconds(),
	}
	u.Others = max(0, (busy-w.busy).Seconds()-u.pipeline()-u.Own) / u.Seconds
	u.Stolen = (stolen - w.stolen).Seconds() / u.Seconds
	return u, nil
}

// stop ends the sampling and returns the peaks, and how often the child was replaced.
func (w *watcher) stop() (peaks, int) {
	w.cancel()
	w.done.Wait()
	w.see(true)
	return w.peak, w.restarts
}

// memory is the resident size of a process and its children.
type memory struct {
	pids     []int // the parent first
	resident int64
}

func readMemory(pid int) (memory, error) {
	m := memory{pids: append([]int{pid}, children(pid)...)}
	for i, p := range m.pids {
		text, err := readProc(p, "statm")
		if err != nil && i > 0 {
			continue // a child that has just ended
		}
		if err != nil {
			return m, err
		}
		resident, err := parseStatm(text, os.Getpagesize())
		if err != nil {
			return m, err
		}
		m.resident += resident
	}
	return m, nil
}

// readShared is the sum of the processes' proportional set sizes.
func readShared(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		text, err := readProc(pid, "smaps_rollup")
		if err != nil {
			return 0, err
		}
		pss, err := parseKiB(text, "Pss")
		if err != nil {
			return 0, err
		}
		sum += pss
	}
	return sum, nil
}

func highWater(pids []int) []int64 {
	marks := make([]int64, len(pids))
	for i, pid := range pids {
		if text, err := readProc(pid, "status"); err == nil {
			marks[i], _ = parseKiB(text, "VmHWM") // 0 for a process that has just ended
		}
	}
	return marks
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func machineCPU() (busy, stolen time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	return parseMachineCPU(string(text))
}
