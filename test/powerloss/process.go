package powerloss

import (
	"maps"
	"path"
	"strings"
)

// opened is an open file description: what several numbers in several processes can stand for.
type opened struct {
	node   *node  // nil when it is not in the recorded folder
	path   string // as it was opened, for folders
	output bool   // the standard output of the command
	append bool   // O_APPEND
	sync   bool   // O_SYNC or O_DSYNC
	offset int64
}

// process is what threads share: open files and the working folder.
type process struct {
	files map[int64]*opened
	dir   string
}

func newProcess(dir string) *process {
	return &process{files: map[int64]*opened{1: {output: true}}, dir: dir}
}

func (p *process) fork() *process {
	return &process{files: maps.Clone(p.files), dir: p.dir}
}

// resolve makes an absolute path of name, which is relative to the folder at (an argument as strace
// prints it, "AT_FDCWD" or a number).
func (p *process) resolve(at, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	if file := p.files[number(at)]; at != "AT_FDCWD" && file != nil {
		return path.Join(file.path, name)
	}
	return path.Join(p.dir, name)
}

// processes finds the process of a thread, which may make itself heard before the call that made it
// has returned.
type processes struct {
	byThread map[string]*process
	// making are the calls under way that make threads or processes, by thread.
	making map[string]call
}

func newProcesses() *processes {
	return &processes{byThread: map[string]*process{}, making: map[string]call{}}
}

// of is the process of a thread; dir is where the first process of all works.
func (p *processes) of(thread, dir string) *process {
	if known := p.byThread[thread]; known != nil {
		return known
	}
	if len(p.byThread) == 0 {
		p.byThread[thread] = newProcess(dir)
		return p.byThread[thread]
	}
	for parent, c := range p.making {
		p.born(thread, parent, c)
		return p.byThread[thread]
	}
	p.byThread[thread] = &process{files: map[int64]*opened{}, dir: dir}
	return p.byThread[thread]
}

// born notes that parent made thread by the call c.
func (p *processes) born(thread, parent string, c call) {
	if p.byThread[thread] != nil {
		return
	}
	if strings.Contains(strings.Join(c.args, ","), "CLONE_FILES") {
		p.byThread[thread] = p.byThread[parent]
		return
	}
	p.byThread[thread] = p.byThread[parent].fork()
}
