package duckdb

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
)

// An event is the contract's that took it when it was committed. A redrive may make it another's:
// one that no contract took becomes a row of orders, or one that orders refused a row of returns. A
// commit cannot know which of its events that will concern, since only what is in the quarantine
// when it is loaded moves; so the load writes down from which contract to which events have moved,
// in its own transaction, and a warehouse that is built again finds the same.

// move is from one contract to another; catalog.NoContract is one of them.
type move struct{ source, target string }

func (m move) insert(events int64) string {
	return fmt.Sprintf("INSERT INTO _penstock.moved VALUES (%s, %s, %d)", safeLiteral(m.source), safeLiteral(m.target), events)
}

// move counts events that this load makes another contract's.
func (t *transaction) move(source, target string, events int64) {
	if source != target && events > 0 {
		t.moved[move{source, target}] += events
	}
}

// takeOut removes events from the quarantine that are the target contract's from now on, and returns
// how many there were.
func (t *transaction) takeOut(ctx context.Context, target, where string) (int64, error) {
	quarantine := tableName(contract.QuarantineName)
	err := t.l.c.rows(ctx, fmt.Sprintf("SELECT coalesce(contract, ''), count(*) FROM %s WHERE %s GROUP BY 1", quarantine, where), func(r row) error {
		t.move(r.text(0), target, r.int(1))
		return nil
	})
	if err != nil {
		return 0, err
	}
	return t.l.c.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", quarantine, where))
}

const createMoved = "CREATE TABLE _penstock.moved (source VARCHAR, target VARCHAR, events BIGINT);"

// ensureMoved makes the table of moves. The commits that an older version has loaded do not say whose
// the events in the quarantine were: for them all have moved from no contract to where they are now,
// in the quarantine, or in a table by a redrive.
func ensureMoved(ctx context.Context, c *conn) error {
	found, quarantine := false, false
	err := c.rows(ctx, "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = "+literal(catalogAlias), func(r row) error {
		found = found || r.text(0) == "_penstock" && r.text(1) == "moved"
		quarantine = quarantine || r.text(0) == "main" && r.text(1) == contract.QuarantineName
		return nil
	})
	if err != nil || found {
		return err
	}
	sql := "BEGIN TRANSACTION;" + createMoved
	if quarantine {
		// A redrive's files have a name of their own.
		sql += fmt.Sprintf(`INSERT INTO _penstock.moved
			SELECT %[1]s, contract, count(*) FROM %[2]s WHERE contract IS NOT NULL GROUP BY 2;
			INSERT INTO _penstock.moved
			SELECT %[1]s, table_name, sum(rows + duplicates) FROM _penstock.loads, _penstock.owner
			WHERE contains(name, '/' || stream || '-redrive-') GROUP BY 2;`,
			literal(catalog.NoContract), tableName(contract.QuarantineName))
	}
	if _, err := c.exec(ctx, sql+"COMMIT;"); err != nil {
		// Outside of a transaction it says so, and nothing is lost either way.
		_, _ = c.exec(context.Background(), "ROLLBACK")
		return fmt.Errorf("make the table of moves: %w", err)
	}
	return nil
}
