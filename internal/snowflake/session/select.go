package session

import (
	"context"
	"fmt"
)

// Select runs one SELECT and reads its rows in the order of its columns, NULL as nil. More rows than 10,000 are an
// error, for what is cut off would be taken for missing.
func (s *Session) Select(ctx context.Context, statement string) ([][]*string, error) {
	rows, err := s.conn.QueryContext(ctx, statement)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]*string
	for rows.Next() {
		if len(all) == maxRows {
			return nil, fmt.Errorf("the answer has more than %d rows", maxRows)
		}
		cells, into := make([]*string, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, cells)
	}
	return all, explain(rows.Err())
}
