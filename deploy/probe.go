package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"moorage"
	"moorage/runtime"
)

// fewNames is how many tools the log names.
const fewNames = 20

// probe asks the new instance who it is and what it can do. A server that does
// not answer has its own words in the log.
func (j *job) probe(ctx context.Context) error {
	return j.logged("Probe", func(n int) error {
		j.instance.listen(j.book.hidden(), func(chunk []byte) {
			j.book.Write(n, moorage.StreamStderr, j.Now(), chunk)
		})
		var err error
		if j.probed, err = j.ask(ctx); err != nil {
			return j.explain(ctx, n, err)
		}
		j.book.note(n, "It answers. "+listed(j.probed.Offers))
		for _, note := range j.probed.Notes {
			j.book.note(n, note)
		}
		return j.settle(ctx)
	})
}

// ask probes within its deadline.
func (j *job) ask(ctx context.Context) (moorage.Probed, error) {
	ctx, cancel := context.WithTimeout(ctx, j.Deadlines.Probe)
	defer cancel()
	return j.Prober.Probe(ctx, j.instance.Container, j.Config.Run, j.variables.env)
}

// settle leaves the instance as it is wanted after the switch: one that serves
// HTTP goes on, one that serves a single conversation has had it.
func (j *job) settle(ctx context.Context) error {
	if j.Config.Run.Transport.Listens() {
		j.instance.handOver()
		return nil
	}
	err := j.instance.Stop(ctx, stopGrace)
	j.instance = nil
	if err != nil {
		return fmt.Errorf("stop the probed instance: %w", err)
	}
	return nil
}

// explain ends an instance that did not pass, and finds out why from what it
// printed.
func (j *job) explain(ctx context.Context, n int, cause error) error {
	if j.ctx.Err() != nil {
		return cause // nobody is left to be told
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if err := j.instance.Stop(ctx, stopGrace); err != nil {
		j.Logger.Warn("Instance not removed", "deployment", j.ID, "err", err)
	}
	j.instance = nil
	words, err := j.lastWords(ctx, n)
	if err != nil {
		return err
	}
	found := evidence{
		run: j.Config.Run, variables: j.variables, within: j.Deadlines.Probe,
		words: words, cause: cause,
	}
	var ended runtime.Ended
	if errors.As(cause, &ended) {
		found.exit = &ended.Exit
	}
	why := diagnose(found)
	if name := found.missing(); name != "" {
		return errors.Join(why, j.askFor(ctx, name))
	}
	return why
}

// lastWords returns the last lines that the server printed, oldest first.
func (j *job) lastWords(ctx context.Context, n int) ([]string, error) {
	j.book.End(n, moorage.StepFailed, false, j.Now())
	seq, err := j.Database.LastSeq(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	const many = 200
	tail, err := j.Database.LogLines(ctx, j.ID, max(0, seq-many), many)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	var words []string
	for _, line := range tail {
		if line.Step == n && line.Stream != moorage.StreamNote {
			words = append(words, line.Text)
		}
	}
	return words, nil
}

// listed says what is offered: the tools by name, the rest by number.
func listed(offers []moorage.Offer) string {
	var tools []string
	beside := map[moorage.OfferKind]int{}
	for _, o := range offers {
		if o.Kind == moorage.OfferTool {
			tools = append(tools, o.Name)
		} else {
			beside[o.Kind]++
		}
	}
	said := "It has no tools."
	if len(tools) > 0 {
		names := tools[:min(len(tools), fewNames):min(len(tools), fewNames)]
		if more := len(tools) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("and %d more", more))
		}
		said = "Its tools: " + strings.Join(names, ", ") + "."
	}
	var rest []string
	for _, kind := range []moorage.OfferKind{moorage.OfferPrompt, moorage.OfferResource, moorage.OfferTemplate} {
		if n := beside[kind]; n > 0 {
			rest = append(rest, counted(n, string(kind)))
		}
	}
	if len(rest) > 0 {
		said += " Also " + strings.Join(rest, ", ") + "."
	}
	return said
}

// counted is a number of things: "1 prompt", "2 prompts".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
