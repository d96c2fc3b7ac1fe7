package produce

import (
	"context"

	"golang.org/x/time/rate"
)

// pace hands out permits for single events from a token bucket. It belongs to one goroutine.
type pace struct {
	limiter *rate.Limiter
	permits int
}

// newPace returns a pace of perSecond events; 0 is no limit. Permits are drawn for 10 ms at a time.
func newPace(perSecond float64) *pace {
	if perSecond == 0 {
		return &pace{}
	}
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/100)))}
}

func (p *pace) wait(ctx context.Context) error {
	if p.limiter == nil || p.permits > 0 {
		p.permits--
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	}
	n := p.limiter.Burst()
	if err := p.limiter.WaitN(ctx, n); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	p.permits = n - 1
	return nil
}
