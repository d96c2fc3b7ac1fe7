package snowflake

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Deps are what a Run works with. With Account nil it is a dry run: calls are shown and none is sent.
type Deps struct {
	Account Account
	Roles   Roles
	Bucket  Bucket
	// Fingerprint of the key that logged in, as DESC USER shows it, "SHA256:...". Empty: doctor does not look for it.
	Fingerprint string
	// Path carries the event of the configuration. It may be nil: then none is sent.
	Path Path
	// Objects of the lake, which status and doctor look into for rows that were recovered. It may be nil.
	Objects Objects
	// Call is told of every call right before it is sent. It may be nil.
	Call func(Call)
	// Report is told how each task went. It may be nil.
	Report func(Progress)
	// Confirm asks a person before somebody is locked out; without it the answer is no.
	Confirm func(question string) bool
}

// Progress is a task that is done.
type Progress struct {
	// Step is 1 to 7, Task what has been made so, such as "database PENSTOCK".
	Step int
	Task string
	// Changed is false if it was so already.
	Changed bool
	// Waiting says that it is not done yet, and will be by itself.
	Waiting bool
	Took    time.Duration
}

// Run is one walk through the tasks. It is for one goroutine and one use.
type Run struct {
	cfg  Config
	deps Deps

	role    Name                  // in effect
	rows    [][]map[string]string // answers to the checks of the task at hand
	changed bool

	region, key   string
	iamRole       *Role
	rolePolicy    string
	bucketPolicy  string
	vpcs          []string
	expiring      []string // VPCs whose end is near, with its day
	userARN       string
	externalID    string
	channel       string
	journey       journey
	notifications Notifications
}

// New starts no work.
func New(cfg Config, deps Deps) *Run {
	if deps.Call == nil {
		deps.Call = func(Call) {}
	}
	if deps.Report == nil {
		deps.Report = func(Progress) {}
	}
	if deps.Confirm == nil {
		deps.Confirm = func(string) bool { return false }
	}
	return &Run{cfg: cfg.withDefaults(), deps: deps}
}

func (r *Run) dry() bool { return r.deps.Account == nil }

// Setup makes everything so that is not, in order, and ends at the first fault. It can be stopped at any moment and run
// again. changed says whether it had anything to do.
func (r *Run) Setup(ctx context.Context) (changed bool, err error) {
	for _, more := range []func() []task{r.tasks, r.eventTasks} {
		for _, t := range more() {
			if err := r.perform(ctx, t); err != nil {
				return r.changed, fmt.Errorf("step %d, %s: %w", t.step, t.title, err)
			}
		}
	}
	return r.changed, nil
}

func (r *Run) perform(ctx context.Context, t task) error {
	began := time.Now()
	so, err := r.ask(ctx, t)
	if err != nil {
		return err
	}
	worked := false
	if !so && t.do != nil {
		for _, c := range t.do(r) {
			worked = true
			if _, err := r.send(ctx, c); err != nil {
				return err
			}
		}
		if so, err = r.ask(ctx, t); err != nil {
			return err
		}
	}
	if !so && t.waits && !r.dry() {
		so, err = r.await(ctx, t)
	}
	if err != nil {
		return err
	}
	if !so && !r.dry() {
		return &event.Error{Code: "no_effect", Message: "Snowflake or AWS took the change, but it does not show",
			Hint: "run `penstock snowflake setup` again in a minute; `penstock snowflake doctor` says what stands in the way"}
	}
	r.changed = r.changed || worked
	r.deps.Report(Progress{Step: t.step, Task: t.title, Changed: worked || t.seen, Took: time.Since(began)})
	return nil
}

// ask sends a task's checks and judges the answers.
func (r *Run) ask(ctx context.Context, t task) (bool, error) {
	r.rows = nil
	for _, c := range t.check(r) {
		rows, err := r.send(ctx, c)
		if err != nil {
			return false, err
		}
		r.rows = append(r.rows, rows)
	}
	if r.dry() {
		return t.repair, nil
	}
	return t.so(r)
}

// await asks until the answer is yes, for as long as the configured patience, or the event's.
func (r *Run) await(ctx context.Context, t task) (bool, error) {
	deadline, late, pause := time.Now().Add(r.cfg.Patience), (*Run).notTrusted, r.cfg.Pause
	if t.late != nil {
		deadline, late, pause = r.journey.deadline, t.late, t.pause
	}
	r.deps.Report(Progress{Step: t.step, Task: t.title, Waiting: true})
	for time.Now().Before(deadline) {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(pause):
		}
		if so, err := r.ask(ctx, t); so || err != nil {
			return so, err
		}
	}
	return false, late(r)
}

// send sends one call, in the role it needs.
func (r *Run) send(ctx context.Context, c Call) ([]map[string]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.SQL == "" {
		r.deps.Call(c)
		if r.dry() || ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, c.send(ctx)
	}
	if c.Role != r.role {
		use := sql(c.Role, "USE ROLE "+c.Role.String())
		if _, err := r.query(ctx, use); err != nil {
			return nil, err
		}
		r.role = c.Role
	}
	return r.query(ctx, c)
}

func (r *Run) query(ctx context.Context, c Call) ([]map[string]string, error) {
	r.deps.Call(c)
	if r.dry() {
		return nil, nil
	}
	rows, err := r.deps.Account.Query(ctx, c.SQL)
	if err != nil {
		return nil, r.explain(c, err)
	}
	return rows, nil
}
