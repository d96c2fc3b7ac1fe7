package snowflake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// explain adds what to do where that depends on the call.
func (r *Run) explain(c Call, err error) error {
	fault, ok := errors.AsType[*event.Error](err)
	if !ok {
		return err
	}
	told := *fault
	switch fault.Code {
	case CodeNoPrivilege:
		told.Message = fmt.Sprintf("the role %s may not do this: %s", c.Role, shortened(c.SQL))
		told.Hint = ""
		if c.Role == r.cfg.Names.Loader || c.Role == r.cfg.Names.Reader {
			told.Hint = "if setup has not made the role yet, run `penstock snowflake setup`; else "
		}
		told.Hint += fmt.Sprintf("let an administrator run `GRANT ROLE %s TO USER %s`, or give them the worksheet of `penstock snowflake setup --sql setup.sql`; then run setup again", c.Role, r.cfg.User)
	case CodeNotThere:
		told.Message = fmt.Sprintf("the role %s sees no such object: %s", c.Role, shortened(c.SQL))
		told.Hint = "`penstock snowflake setup` makes what is missing; if it is there, it belongs to another role, and `penstock snowflake doctor` shows which"
	case CodeStatement:
		told.Message = "Snowflake refused: " + shortened(c.SQL)
	}
	return &told
}

// shortened is a statement as an error quotes it.
func shortened(sql string) string {
	const most = 120
	if runes := []rune(sql); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return sql
}

// otherOwner is the conflict with an object that is there and belongs to somebody else.
func otherOwner(kind string, name Name, owner string, want Name) error {
	return &event.Error{
		Code:    "other_owner",
		Message: fmt.Sprintf("the %s %s exists and belongs to the role %s, not to %s", kind, name, owner, want),
		Hint:    fmt.Sprintf("choose another name with --prefix, --name or --database; or, if it is a leftover of this pipeline, `GRANT OWNERSHIP ON %s %s TO ROLE %s COPY CURRENT GRANTS`", strings.ToUpper(kind), name, want),
	}
}

func (r *Run) notTrusted() error {
	return &event.Error{
		Code:    "not_trusted",
		Message: fmt.Sprintf("after %s Snowflake still cannot use the role %s", r.cfg.Patience, r.cfg.RoleARN()),
		Hint:    "IAM may need longer: run `penstock snowflake setup` again. If it stays so, an organization's policy may forbid the role to be assumed; `penstock snowflake doctor` shows Snowflake's own words",
	}
}
