package monitor

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"moorage"
)

// atOnce is how many instances are asked at once.
const atOnce = 32

// answer is what became of asking one instance.
type answer struct {
	of   moorage.Running
	took time.Duration
	err  error
}

// ask asks instances side by side, and says per server what that found. Those that
// did not answer are silent.
func (m *Monitor) ask(ctx context.Context, asked []moorage.Running, silent map[moorage.InstanceID]bool) []look {
	answers := make([]answer, len(asked))
	each(len(asked), func(n int) {
		took, err := m.o.Instances.Check(ctx, asked[n].Instance)
		answers[n] = answer{asked[n], took, err}
	})
	byDeployment := map[moorage.DeploymentID][]answer{}
	for _, a := range answers {
		if a.err != nil {
			silent[a.of.Instance] = true
		}
		if moorage.ErrorCode(a.err) != moorage.Conflict { // it has gone meanwhile
			byDeployment[a.of.Deployment] = append(byDeployment[a.of.Deployment], a)
		}
	}
	var looks []look
	for _, of := range byDeployment {
		looks = append(looks, summed(of))
	}
	slices.SortFunc(looks, func(a, b look) int { return cmp.Compare(a.server, b.server) })
	return looks
}

// summed is what the answers of a server's instances come to: it is as slow as
// the slowest, and does not answer when one does not.
func summed(answers []answer) look {
	first := answers[0].of
	l := look{server: first.ServerID, deployment: first.Deployment, oldest: first.StartedAt}
	for _, a := range answers {
		if a.of.StartedAt.Before(l.oldest) {
			l.oldest = a.of.StartedAt
		}
		if a.err == nil {
			l.took = max(l.took, a.took, time.Millisecond)
		} else {
			l.why = moorage.ErrorMessage(a.err)
		}
	}
	return l
}

// read has noted what running servers list and was not read. Of each deployment
// one instance is read: a server that says all the time that its lists are others
// is not read all the time. The silent ones are left out.
func (m *Monitor) read(ctx context.Context, running []moorage.Running, silent map[moorage.InstanceID]bool) {
	unread := map[moorage.DeploymentID]moorage.Running{}
	for _, i := range running {
		if i.Unread && !silent[i.Instance] {
			unread[i.Deployment] = i
		}
	}
	var readers sync.WaitGroup
	for _, i := range unread {
		readers.Go(func() { m.readOne(ctx, i) })
	}
	readers.Wait()
}

func (m *Monitor) readOne(ctx context.Context, i moorage.Running) {
	lists, err := m.o.Instances.Lists(ctx, i.Instance)
	if err != nil && ctx.Err() == nil && moorage.ErrorCode(err) != moorage.Conflict {
		m.o.Logger.Warn("lists not read", "server", i.ServerID, "instance", i.Instance, "err", err)
	}
	for kind, offers := range lists {
		if _, err := m.o.Records.Observe(ctx, i.Deployment, kind, offers); err != nil && ctx.Err() == nil {
			m.o.Logger.Warn("lists not noted", "server", i.ServerID, "kind", kind, "err", err)
		}
	}
}

// each does something for the numbers below n, several at once.
func each(n int, do func(int)) {
	var work sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i := range n {
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	work.Wait()
}
