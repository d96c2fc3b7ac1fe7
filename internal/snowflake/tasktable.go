package snowflake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/sqltype"
)

// integration lets Snowflake assume the IAM role, and only for the data prefix.
func (r *Run) integration() task {
	c := r.cfg
	return r.show("integration", c.Names.Integration, accountAdmin, "STORAGE INTEGRATIONS", "",
		fmt.Sprintf("CREATE STORAGE INTEGRATION IF NOT EXISTS %s TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = %s STORAGE_AWS_EXTERNAL_ID = %s STORAGE_ALLOWED_LOCATIONS = (%s)",
			c.Names.Integration, Literal(c.RoleARN()), Literal(c.ExternalID()), Literal(c.Lake.URL())))
}

// settings reads what Snowflake made of the integration, and mends one that is set otherwise.
func (r *Run) settings() task {
	c := r.cfg
	return task{
		step: 4, title: "settings of the integration", repair: true,
		check: one(sql(c.Names.Loader, "DESC INTEGRATION "+c.Names.Integration.String())),
		so: func(r *Run) (bool, error) {
			r.userARN, r.externalID = r.property("STORAGE_AWS_IAM_USER_ARN"), r.property("STORAGE_AWS_EXTERNAL_ID")
			if r.userARN == "" {
				return false, &event.Error{Code: "no_user_arn", Message: fmt.Sprintf("the integration %s names no AWS user", c.Names.Integration),
					Hint: "it is one for another cloud, or the account is not on AWS; choose another name with --name"}
			}
			return strings.EqualFold(r.property("ENABLED"), "true") && r.property("STORAGE_AWS_ROLE_ARN") == c.RoleARN() &&
				slices.Contains(locations(r.property("STORAGE_ALLOWED_LOCATIONS")), c.Lake.URL()), nil
		},
		do: func(r *Run) []Call {
			allowed := locations(r.property("STORAGE_ALLOWED_LOCATIONS"))
			if !slices.Contains(allowed, c.Lake.URL()) {
				allowed = append(allowed, c.Lake.URL())
			}
			for i := range allowed {
				allowed[i] = Literal(allowed[i])
			}
			return []Call{change(accountAdmin, fmt.Sprintf("ALTER STORAGE INTEGRATION %s SET ENABLED = TRUE STORAGE_AWS_ROLE_ARN = %s STORAGE_ALLOWED_LOCATIONS = (%s)",
				c.Names.Integration, Literal(c.RoleARN()), strings.Join(allowed, ", ")))}
		},
	}
}

// validated waits until Snowflake can list the prefix with the role: IAM spreads a new trust for a while.
func (r *Run) validated() task {
	c := r.cfg
	return task{
		step: 4, title: "Snowflake lists " + c.Lake.URL(), waits: true,
		check: one(sql(c.Names.Loader, fmt.Sprintf("SELECT SYSTEM$VALIDATE_STORAGE_INTEGRATION(%s, %s, 'penstock-validate.txt', 'list')",
			Literal(string(c.Names.Integration)), Literal(c.Lake.URL())))),
		so: func(r *Run) (bool, error) { return strings.EqualFold(validation(r.onlyCell()).Status, "success"), nil },
	}
}

// Validation is what SYSTEM$VALIDATE_STORAGE_INTEGRATION answers.
type Validation struct {
	Status  string
	Message string
	Actions map[string]struct{ Status, Message string }
}

func validation(text string) Validation {
	var v Validation
	if json.Unmarshal([]byte(text), &v) != nil {
		v = Validation{Status: "failure", Message: text}
	}
	for _, a := range v.Actions {
		if a.Message != "" {
			v.Message = a.Message
		}
	}
	return v
}

// stage is the lake's data prefix in Snowflake.
func (r *Run) stage() task {
	c, n := r.cfg, r.cfg.Names
	t := r.inRaw("stage", n.Stage, "STAGES", n.CreateStage(c.Lake.URL()))
	there := t.so
	t.so = func(r *Run) (bool, error) {
		so, err := there(r)
		if row := r.named(n.Stage); err == nil && so && row["url"] != c.Lake.URL() {
			return false, &event.Error{Code: "other_stage", Message: fmt.Sprintf("the stage %s reads %s, not %s", n.raw(n.Stage), row["url"], c.Lake.URL()),
				Hint: "it is another pipeline's: choose another --name; or take this pipeline's old lake away with `penstock snowflake teardown`"}
		}
		return so, err
	}
	return t
}

// tableChanges are what a table lacks.
type tableChanges struct {
	there bool
	add   []Column
	widen []Column
}

func (c tableChanges) none() bool { return c.there && len(c.add)+len(c.widen) == 0 }

// changesOf compares a table, as SHOW COLUMNS has told it, with its contract.
func (r *Run) changesOf(t *contract.Table) (c tableChanges, err error) {
	n := r.cfg.Names
	shape := shapeOf(r.rows[0], column(t.Name))
	c.there = len(shape) > 0
	for _, want := range TableColumns(t) {
		switch has := shape[want.Name]; {
		case has == "":
			c.add = append(c.add, want)
		case has == want.Type:
		case sqltype.Widens(has, want.Type):
			c.widen = append(c.widen, want)
		default:
			err = &event.Error{Code: "incompatible_table", Message: fmt.Sprintf("the column %s of table %s is %s and would have to be %s", want.Name, n.raw(column(t.Name)), has, want.Type),
				Hint: "give the contract's column its old type, or the table another name; Penstock adds and widens columns and never changes rows that are there"}
		}
	}
	return c, err
}

// table makes a table, or gives it what its contract has got since: columns, and wider types.
func (r *Run) table(t *contract.Table) task {
	n := r.cfg.Names
	return task{
		step: 5, title: "table " + string(column(t.Name)),
		check: one(sql(n.Loader, "SHOW COLUMNS IN SCHEMA "+within(n.Database, n.Raw))),
		so: func(r *Run) (bool, error) {
			c, err := r.changesOf(t)
			return c.none(), err
		},
		do: func(r *Run) []Call {
			if r.dry() {
				return []Call{change(n.Loader, n.CreateTable(t))}
			}
			var calls []Call
			c, _ := r.changesOf(t)
			if !c.there {
				return []Call{change(n.Loader, n.CreateTable(t))}
			}
			if len(c.add) > 0 {
				calls = append(calls, change(n.Loader, n.AddColumns(t, c.add)))
			}
			if len(c.widen) > 0 {
				calls = append(calls, change(n.Loader, n.WidenColumns(t, c.widen)))
			}
			return calls
		},
	}
}

// pipe loads a table. One that names other columns than the contract is made again.
func (r *Run) pipe(t *contract.Table) task {
	n := r.cfg.Names
	return task{
		step: 5, title: "pipe " + string(Pipe(t)),
		check: one(sql(n.Loader, fmt.Sprintf("SHOW PIPES LIKE %s IN SCHEMA %s", Literal(string(Pipe(t))), within(n.Database, n.Raw)))),
		so: func(r *Run) (bool, error) {
			there, err := exists("pipe", Pipe(t), n.Loader)(r)
			return there && sameText(r.named(Pipe(t))["definition"], n.Copy(t)), err
		},
		do: func(r *Run) []Call {
			if !r.dry() && r.named(Pipe(t)) != nil {
				return []Call{
					change(n.Loader, fmt.Sprintf("ALTER PIPE %s SET PIPE_EXECUTION_PAUSED = TRUE", n.raw(Pipe(t)))),
					change(n.Loader, n.ReplacePipe(t)),
					// What waited in the old pipe would be lost; what was loaded already the view shows once.
					change(n.Loader, fmt.Sprintf("ALTER PIPE %s REFRESH", n.raw(Pipe(t)))),
				}
			}
			return []Call{change(n.Loader, n.CreatePipe(t))}
		},
		why: func(r *Run) string {
			if row := r.named(Pipe(t)); row != nil {
				return pipeDiffers(row["definition"], n.Copy(t))
			}
			return ""
		},
	}
}

var loaded = regexp.MustCompile(`(?s)^COPY INTO \S+ \((.*?)\) FROM `)

// pipeDiffers says how a pipe's definition is not the contract's.
func pipeDiffers(has, want string) string {
	names := func(definition string) []string {
		if m := loaded.FindStringSubmatch(strings.Join(strings.Fields(definition), " ")); m != nil {
			return strings.Split(m[1], ", ")
		}
		return nil
	}
	without := func(all, other []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(other, n) })
	}
	had, wanted := names(has), names(want)
	lacking, more := without(wanted, had), without(had, wanted)
	switch {
	case had == nil || len(lacking)+len(more) == 0:
		return "its definition is not the contract's: " + shortened(has)
	case len(lacking) == 0:
		return "it loads columns that the contract has not: " + strings.Join(more, ", ")
	}
	return "it does not load the contract's columns " + strings.Join(lacking, ", ")
}

// sameText compares SQL that Snowflake shows with what was sent, without regard to white space.
func sameText(a, b string) bool {
	tidy := func(s string) string {
		return strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimSpace(s), ";")), " ")
	}
	return tidy(a) == tidy(b)
}

func (r *Run) external(t *contract.Table) task {
	e := r.inRaw("external table", External(t), "EXTERNAL TABLES", r.cfg.Names.CreateExternalTable(t))
	e.step = 5
	return e
}

// view is the name people query.
func (r *Run) view(t *contract.Table) task {
	n := r.cfg.Names
	from := column(t.Name)
	if !r.cfg.Pipes {
		from = External(t)
	}
	create := n.CreateView(t, from)
	return task{
		step: 5, title: "view " + string(column(t.Name)),
		check: one(sql(n.Loader, fmt.Sprintf("SHOW VIEWS LIKE %s IN SCHEMA %s", Literal(string(column(t.Name))), within(n.Database, n.Schema)))),
		so: func(r *Run) (bool, error) {
			there, err := exists("view", column(t.Name), n.Loader)(r)
			return there && sameText(r.named(column(t.Name))["text"], create), err
		},
		do: one(change(n.Loader, create)),
	}
}

// backfill loads the files of the last seven days that lay there before the pipes, as far back as REFRESH looks. For
// external tables it registers all.
func (r *Run) backfill() task {
	n := r.cfg.Names
	var calls []Call
	for _, t := range r.cfg.Tables {
		if r.cfg.Pipes {
			calls = append(calls, change(n.Loader, fmt.Sprintf("ALTER PIPE %s REFRESH", n.raw(Pipe(t)))))
		}
		if r.cfg.External {
			calls = append(calls, change(n.Loader, fmt.Sprintf("ALTER EXTERNAL TABLE %s REFRESH", n.raw(External(t)))))
		}
	}
	done := false
	return task{
		step: 7, title: "files that were there before", check: one(),
		so: func(*Run) (bool, error) { return done, nil },
		do: func(*Run) []Call { done = true; return calls },
	}
}
