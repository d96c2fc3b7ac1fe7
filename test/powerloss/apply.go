package powerloss

import (
	"fmt"
	"strconv"
	"strings"
)

// now is the line of the trace being applied.
func (d *disk) now() int { return d.parser.line - 1 }

// apply does to the model what c did to the disk. What began and has not ended has not happened
// yet, except that standard output counts as read from the moment its writing began.
func (d *disk) apply(c call) error {
	p := d.processes.of(c.thread, d.cwd)
	if c.begun && d.isOutput(c) {
		said, err := text(c.args[1])
		d.output = append(d.output, said...)
		return err
	}
	switch c.name {
	case "clone", "clone3", "fork", "vfork":
		d.spawn(c)
		return nil
	}
	if !c.done || c.failed {
		return nil
	}
	switch c.name {
	case "open", "openat", "creat":
		return d.open(p, c)
	case "close":
		delete(p.files, number(c.args[0]))
	case "dup", "dup2", "dup3", "fcntl":
		d.dup(p, c)
	case "lseek":
		if file := p.files[number(c.args[0])]; file != nil {
			file.offset = c.result
		}
	case "chdir":
		name, err := d.path(p, "AT_FDCWD", c.args[0])
		p.dir = name
		return err
	case "fchdir":
		if file := p.files[number(c.args[0])]; file != nil {
			p.dir = file.path
		}
	case "fsync", "fdatasync", "sync", "syncfs":
		d.sync(p, c)
	default:
		return d.change(p, c)
	}
	return nil
}

// change applies the calls that change files and folders.
func (d *disk) change(p *process, c call) error {
	switch c.name {
	case "write", "writev", "pwrite64", "pwritev", "pwritev2":
		return d.write(p, c)
	case "ftruncate":
		if file := p.files[number(c.args[0])]; file != nil && file.node != nil {
			file.node.resize(d.now(), number(c.args[1]))
		}
	case "fallocate":
		return d.allocate(p, c)
	case "mkdir":
		return d.mkdir(p, "AT_FDCWD", c.args[0])
	case "mkdirat":
		return d.mkdir(p, c.args[0], c.args[1])
	case "unlink", "rmdir":
		return d.remove(p, "AT_FDCWD", c.args[0])
	case "unlinkat":
		return d.remove(p, c.args[0], c.args[1])
	case "rename":
		return d.rename(p, "AT_FDCWD", c.args[0], "AT_FDCWD", c.args[1])
	case "renameat", "renameat2":
		if len(c.args) > 4 && c.args[4] != "0" && c.args[4] != "RENAME_NOREPLACE" {
			return d.unknown(p, c)
		}
		return d.rename(p, c.args[0], c.args[1], c.args[2], c.args[3])
	case "truncate", "link", "linkat", "symlink", "symlinkat", "copy_file_range", "sendfile", "splice", "mmap":
		return d.unknown(p, c)
	}
	return nil
}

// spawn notes a new thread or process.
func (d *disk) spawn(c call) {
	if !c.done {
		d.processes.making[c.thread] = c
		return
	}
	delete(d.processes.making, c.thread)
	if !c.failed {
		d.processes.born(strconv.FormatInt(c.result, 10), c.thread, c)
	}
}

func (d *disk) open(p *process, c call) error {
	at, args := "AT_FDCWD", c.args
	if c.name == "openat" {
		at, args = args[0], args[1:]
	}
	name, err := d.path(p, at, args[0])
	if err != nil {
		return err
	}
	flags := "O_WRONLY|O_CREAT|O_TRUNC"
	if c.name != "creat" {
		flags = args[1]
	}
	has := func(flag string) bool {
		for part := range strings.SplitSeq(flags, "|") {
			if part == flag {
				return true
			}
		}
		return false
	}
	file := &opened{path: name, append: has("O_APPEND"), sync: has("O_SYNC") || has("O_DSYNC")}
	var parent *node
	var base string
	file.node, parent, base = d.find(name)
	switch {
	case file.node == nil && parent != nil && has("O_CREAT"):
		file.node = newFile(0o644)
		parent.set(d.now(), base, file.node)
	case file.node != nil && has("O_TRUNC"):
		file.node.resize(d.now(), 0)
	}
	p.files[c.result] = file
	return nil
}

func (d *disk) dup(p *process, c call) {
	if c.name == "fcntl" && !strings.HasPrefix(c.args[1], "F_DUPFD") {
		return
	}
	if file := p.files[number(c.args[0])]; file != nil {
		p.files[c.result] = file
		return
	}
	delete(p.files, c.result)
}

func (d *disk) write(p *process, c call) error {
	file := p.files[number(c.args[0])]
	if file == nil || file.node == nil {
		return nil
	}
	decode := text
	if strings.HasSuffix(c.name, "v") || strings.HasSuffix(c.name, "v2") {
		decode = texts
	}
	data, err := decode(c.args[1])
	if err != nil {
		return err
	}
	if int64(len(data)) < c.result {
		return fmt.Errorf("%s wrote %d bytes of which %d were recorded", c.name, c.result, len(data))
	}
	if data = data[:c.result]; len(data) == 0 {
		return nil
	}
	switch {
	case c.name[0] == 'p':
		file.node.write(d.now(), number(c.args[3]), data)
	case file.append:
		file.node.write(d.now(), file.node.size, data)
		file.offset = file.node.size
	default:
		file.node.write(d.now(), file.offset, data)
		file.offset += c.result
	}
	if file.sync {
		file.node.sync(d.now() + 1)
	}
	return nil
}

func (d *disk) allocate(p *process, c call) error {
	file := p.files[number(c.args[0])]
	if file == nil || file.node == nil {
		return nil
	}
	if c.args[1] != "0" {
		return d.unknown(p, c)
	}
	if end := number(c.args[2]) + number(c.args[3]); end > file.node.size {
		file.node.resize(d.now(), end)
	}
	return nil
}

func (d *disk) sync(p *process, c call) {
	if c.name == "sync" || c.name == "syncfs" {
		d.root.syncTree(c.start)
		return
	}
	if file := p.files[number(c.args[0])]; file != nil && file.node != nil {
		file.node.sync(c.start)
	}
}

func (d *disk) mkdir(p *process, at, arg string) error {
	name, err := d.path(p, at, arg)
	if err != nil {
		return err
	}
	if n, parent, base := d.find(name); n == nil && parent != nil {
		parent.set(d.now(), base, newFolder())
	}
	return nil
}

func (d *disk) remove(p *process, at, arg string) error {
	name, err := d.path(p, at, arg)
	if err != nil {
		return err
	}
	if n, parent, base := d.find(name); n != nil && parent != nil {
		parent.set(d.now(), base, nil)
	}
	return nil
}

func (d *disk) rename(p *process, fromAt, fromArg, toAt, toArg string) error {
	from, err := d.path(p, fromAt, fromArg)
	if err != nil {
		return err
	}
	to, err := d.path(p, toAt, toArg)
	if err != nil {
		return err
	}
	n, oldParent, oldBase := d.find(from)
	_, newParent, newBase := d.find(to)
	switch {
	case n == nil && newParent == nil:
		return nil // elsewhere
	case n == nil || newParent == nil || oldParent == nil:
		return fmt.Errorf("%w: %s moves to %s across the border of the folder", errModel, from, to)
	}
	newParent.set(d.now(), newBase, n)
	oldParent.set(d.now(), oldBase, nil)
	return nil
}

// unknown refuses a call if it is about the folder.
func (d *disk) unknown(p *process, c call) error {
	if c.name == "mmap" && (!strings.Contains(c.args[3], "MAP_SHARED") || !strings.Contains(c.args[2], "PROT_WRITE")) {
		return nil
	}
	// The argument that is only read from.
	source := map[string]int{"sendfile": 1, "copy_file_range": 0, "splice": 0}
	for i, arg := range c.args {
		about := false
		if strings.HasPrefix(arg, `"`) {
			name, err := d.path(p, "AT_FDCWD", arg)
			if err != nil {
				return err
			}
			_, parent, _ := d.find(name)
			about = parent != nil
		} else if file := p.files[number(arg)]; file != nil && file.node != nil {
			from, reads := source[c.name]
			about = !reads || i != from
		}
		if about {
			return fmt.Errorf("%w: %s(%.200s)", errModel, c.name, strings.Join(c.args, ", "))
		}
	}
	return nil
}
