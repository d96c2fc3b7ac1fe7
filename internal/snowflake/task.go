package snowflake

import (
	"context"
	"time"
)

// Call is one thing that is sent: a statement to Snowflake or a request to AWS.
type Call struct {
	// Role of Snowflake that SQL runs as.
	Role Name
	SQL  string
	// API is a request's name as IAM spells it, "iam:CreateRole"; Detail is what it is about.
	API, Detail string
	// Changes says that the call may change something.
	Changes bool

	send func(ctx context.Context) error // of a request
}

// String is the call as the dry run prints it.
func (c Call) String() string {
	if c.SQL != "" {
		return c.SQL + ";"
	}
	return c.API + " " + c.Detail
}

// task is one thing that must be so. It is checked, done if it is not so, and checked again.
type task struct {
	// step, 1 to 7, and title are for people.
	step  int
	title string
	check func(*Run) []Call
	// so judges the answers of check, which are in Run.rows and what requests left in Run. Its error is a conflict
	// that a person must solve.
	so func(*Run) (bool, error)
	// do makes it so, from those answers.
	do func(*Run) []Call
	// why tells, from those answers, what is not as it should be; nil and the empty text: nothing is known but that.
	why func(*Run) string
	// repair is a task that finds nothing to do when all was made just now.
	repair bool
	// waits is a task that becomes so by itself, after a while.
	waits bool
	// late is what is said when the event's time is over; nil is a task that waits for trust.
	late func(*Run) error
	// pause is between two questions while waiting. Default: the configuration's.
	pause time.Duration
	// seen is a task that always happens anew when it is done.
	seen bool
}

func sql(role Name, text string) Call    { return Call{Role: role, SQL: text} }
func change(role Name, text string) Call { return Call{Role: role, SQL: text, Changes: true} }
func one(c ...Call) func(*Run) []Call    { return func(*Run) []Call { return c } }
func request(api, detail string, send func(context.Context) error) Call {
	return Call{API: api, Detail: detail, send: send}
}
func put(api, detail string, send func(context.Context) error) Call {
	return Call{API: api, Detail: detail, send: send, Changes: true}
}
