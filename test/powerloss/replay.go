package powerloss

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// errModel: the command did something to the folder that the model does not know.
var errModel = errors.New("powerloss cannot follow this system call")

// Cut is a moment at which the power goes.
type Cut struct {
	// Line of the recording before which it goes.
	Line int
	// Seed other than 0 lets some of what was not synced survive.
	Seed uint64
}

// Cuts chooses n moments: each just after the command has written to its standard output, for that
// is when a promise has been made and the least time was left to keep it.
func (r *Recording) Cuts(n int, random *rand.Rand) ([]Cut, error) {
	var after []int
	d := r.disk()
	said := 0
	err := d.replay(r, r.lines, func() {
		if len(d.output) > said {
			said = len(d.output)
			after = append(after, d.parser.line)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(after) == 0 {
		return nil, errors.New("the command wrote nothing to its standard output")
	}
	cuts := make([]Cut, n)
	for i := range cuts {
		cuts[i].Line = after[random.IntN(len(after))]
	}
	return cuts, nil
}

// Moment is the recorded folder at a cut.
type Moment struct {
	Cut Cut
	// Output is what the command had written to its standard output by then.
	Output []byte
	root   *node
}

// Rebuild makes dir, which must not exist, as the folder would be after the power loss.
func (m Moment) Rebuild(dir string) error {
	var luck *rand.Rand
	if m.Cut.Seed != 0 {
		luck = rand.New(rand.NewPCG(m.Cut.Seed, uint64(m.Cut.Line)))
	}
	if err := m.root.store(dir, luck); err != nil {
		return fmt.Errorf("rebuilding: %w", err)
	}
	return nil
}

// Each visits the cuts in the order of their lines, reading the recording once. A Moment is valid
// until visit returns; an error of visit ends it.
func (r *Recording) Each(cuts []Cut, visit func(Moment) error) error {
	cuts = slices.SortedFunc(slices.Values(cuts), func(a, b Cut) int { return cmp.Compare(a.Line, b.Line) })
	d := r.disk()
	var failed error
	here := func() {
		for len(cuts) > 0 && cuts[0].Line <= d.parser.line && failed == nil {
			failed = visit(Moment{Cut: cuts[0], Output: d.output, root: d.root})
			cuts = cuts[1:]
		}
	}
	if err := d.replay(r, lastLine(cuts), here); err != nil {
		return err
	}
	return failed
}

func lastLine(cuts []Cut) int {
	if len(cuts) == 0 {
		return 0
	}
	return cuts[len(cuts)-1].Line
}

// disk is the recorded folder at one moment of the recording.
type disk struct {
	at        string // absolute path of the folder
	cwd       string
	root      *node
	parser    *parser
	processes *processes
	output    []byte
}

func (r *Recording) disk() *disk {
	return &disk{at: r.root, cwd: r.dir, parser: newParser(), processes: newProcesses()}
}

// replay applies the first lines of the recording and calls between before each and after the last.
func (d *disk) replay(r *Recording, limit int, between func()) (err error) {
	if d.root, err = load(r.initial); err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	trace, err := openLines(r.trace)
	if err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	defer trace.close()
	for between(); d.parser.line < limit; between() {
		line, err := trace.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("replaying: %w", err)
		}
		c, ok, err := d.parser.parse(line)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := d.apply(c); err != nil {
			return fmt.Errorf("line %d of the trace: %w", d.parser.line, err)
		}
	}
	return nil
}

// isOutput says whether c writes to the standard output.
func (d *disk) isOutput(c call) bool {
	if c.name != "write" || len(c.args) < 2 {
		return false
	}
	file := d.processes.of(c.thread, d.cwd).files[number(c.args[0])]
	return file != nil && file.output
}

// find is the node at an absolute path, if it is in the folder; parent and name are where it is or
// would be.
func (d *disk) find(name string) (n, parent *node, base string) {
	inside, ok := strings.CutPrefix(name, d.at)
	if !ok || inside != "" && inside[0] != '/' {
		return nil, nil, ""
	}
	n = d.root
	for part := range strings.SplitSeq(strings.Trim(inside, "/"), "/") {
		if part == "" {
			return n, nil, ""
		}
		if n == nil || !n.folder {
			return nil, nil, ""
		}
		parent, base = n, part
		n = n.names[part]
	}
	return n, parent, base
}

// path decodes a path argument.
func (d *disk) path(p *process, at, arg string) (string, error) {
	name, err := text(arg)
	if err != nil {
		return "", err
	}
	return p.resolve(at, path.Clean(string(name))), nil
}
