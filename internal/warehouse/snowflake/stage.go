package snowflake

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// checkStage finds that a named stage is there and reads the lake from its root: files are named from there. The stage that
// `penstock snowflake setup` makes reads the data prefix alone, and cannot be it.
func (c *Client) checkStage(ctx context.Context) error {
	name := strings.ToUpper(c.cfg.stage())
	rows, err := c.loader.QueryContext(ctx, "SHOW STAGES LIKE "+literal(strings.ReplaceAll(name, "_", `\_`))+" IN SCHEMA "+ident(c.cfg.Database)+"."+ident(c.cfg.Schema))
	if err != nil {
		return c.explain("looking for the stage "+name, err)
	}
	at, found, err := stageURL(rows, name)
	want := strings.TrimSuffix(c.cfg.LakeURL, "/") + "/"
	switch {
	case err != nil:
		return c.explain("looking for the stage "+name, err)
	case !found:
		return &event.Error{Code: "no_stage", Message: fmt.Sprintf("there is no stage %s in %s.%s, or not for this role", name, c.cfg.Database, c.cfg.Schema),
			Hint: fmt.Sprintf("write integration=NAME in place of stage=%s, and the pipeline makes its stage; or CREATE STAGE %s URL = '%s' ...", name, name, want)}
	case strings.TrimSuffix(at, "/")+"/" != want:
		return &event.Error{Code: "other_stage", Message: fmt.Sprintf("the stage %s reads %s, and the lake begins at %s", name, at, want),
			Hint: fmt.Sprintf("write integration=NAME in place of stage=%s, and the pipeline makes its stage; the one of `penstock snowflake setup` is for pipes, and reads the data prefix alone", name)}
	}
	return nil
}

// stageURL reads SHOW STAGES.
func stageURL(rows *sql.Rows, name string) (url string, found bool, err error) {
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	names, err := rows.Columns()
	if err != nil {
		return "", false, err
	}
	called, at := column(names, "name"), column(names, "url")
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", false, err
		}
		if called >= 0 && at >= 0 && cells[called].String == name {
			url, found = cells[at].String, true
		}
	}
	return url, found, rows.Err()
}

// notAllowed says what to do about an integration that does not reach the lake.
func (c *Client) notAllowed(err error) error {
	if !strings.Contains(err.Error(), "not allowed by integration") {
		return c.explain("making the stage on the lake", err)
	}
	return &event.Error{Code: "location_not_allowed", Message: fmt.Sprintf("the integration %s does not allow the lake at %s", c.cfg.Integration, c.cfg.LakeURL), Err: err,
		Hint: fmt.Sprintf("an administrator adds '%s/' to its STORAGE_ALLOWED_LOCATIONS (ALTER STORAGE INTEGRATION; DESC INTEGRATION shows those it has, which must stay) and lets its IAM role read there; "+
			"the integration of `penstock snowflake setup` reaches the data prefix alone", strings.TrimSuffix(c.cfg.LakeURL, "/"))}
}
