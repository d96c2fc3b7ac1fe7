package app

import (
	"context"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/quarantine"
)

// quarantineViews shows the quarantine for the HTTP API.
type quarantineViews struct{ browser *quarantine.Browser }

func (p *parts) quarantineViews() (quarantineViews, error) {
	browser, err := quarantine.New(p.file.Contracts, selects{p.store})
	return quarantineViews{browser}, err
}

func (q quarantineViews) Overview(ctx context.Context, what dashboard.QuarantineFilter) (any, error) {
	return q.browser.Overview(ctx, what.Since)
}

func (q quarantineViews) Sample(ctx context.Context, what dashboard.QuarantineFilter, limit int) (any, error) {
	which := quarantine.Which{Reason: what.Reason, Contract: what.Contract, Field: what.Field, Since: what.Since}
	return q.browser.Sample(ctx, which, limit)
}
