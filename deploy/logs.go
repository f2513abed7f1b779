package deploy

import (
	"context"
	"fmt"

	"moorage"
)

// pruneAtOnce bounds how many logs the end of one deployment removes; there is
// more than one only after LogKeep was lowered.
const pruneAtOnce = 20

// pruneLogs removes the logs of a server beyond the last LogKeep, so that a
// disk does not fill up by itself. A line of our own takes the place of each. The
// log of what is live stays, whatever its age. The file does not become
// smaller; what comes next is written where the old lines were.
func (p *Pipeline) pruneLogs(ctx context.Context, id moorage.ServerID) error {
	if p.LogKeep == 0 {
		return nil
	}
	old, err := p.Database.Deployments(ctx, moorage.DeploymentFilter{ServerID: id, Offset: p.LogKeep, Limit: pruneAtOnce})
	if err != nil {
		return fmt.Errorf("list old deployments: %w", err)
	}
	for _, d := range old {
		if d.Status == moorage.StatusLive || !d.Status.Settled() {
			continue
		}
		lines, err := p.Database.LastSeq(ctx, d.ID)
		if err != nil {
			return fmt.Errorf("measure the log of %s: %w", d.ID, err)
		}
		if lines <= 1 {
			continue // there was hardly one, or it is gone
		}
		gone := moorage.LogLine{Step: 1, Stream: moorage.StreamNote, At: p.Now(), Text: fmt.Sprintf("This log is no longer kept: it had %s lines.", thousands(lines))}
		if err := p.Database.ReplaceLog(ctx, d.ID, gone); err != nil {
			return fmt.Errorf("remove the log of %s: %w", d.ID, err)
		}
	}
	return nil
}
