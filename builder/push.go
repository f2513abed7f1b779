package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/docker/docker/api/types/image"

	"moorage"
)

// Push uploads the image to the registry and returns it with its name there
// and its digest. Without a registry it returns the image as it is.
func (e *Engine) Push(ctx context.Context, img moorage.Image, step int, p Progress) (moorage.Image, error) {
	out := &stepWriter{step: step, p: p}
	if e.options.Registry.Address == "" {
		out.note("No registry is configured: the image stays in the engine.")
		return img, nil
	}
	target := e.registryRef(img.Ref)
	if target != img.Ref {
		if err := e.docker.ImageTag(ctx, img.Ref, target); err != nil {
			return img, fmt.Errorf("tag %s as %s: %w", img.Ref, target, err)
		}
	}
	auth, err := registryHeader(e.registryAuth())
	if err != nil {
		return img, err
	}
	out.note("Pushing %s", target)
	answer, err := e.docker.ImagePush(ctx, target, image.PushOptions{RegistryAuth: auth})
	if err != nil {
		return img, e.explainPush(ctx, err)
	}
	defer answer.Close()
	digest, err := followPush(answer, out)
	if err != nil {
		return img, e.explainPush(ctx, err)
	}
	out.note("Pushed %s", digest)
	img.Ref, img.Digest = target, digest
	return img, nil
}

// registryRef puts the registry in front of the last two parts of a name.
func (e *Engine) registryRef(ref string) string {
	address := strings.Trim(e.options.Registry.Address, "/")
	if address == "" || strings.HasPrefix(ref, address+"/") {
		return ref
	}
	return address + "/" + strings.TrimPrefix(ref, "moorage/")
}

// names lists every name that the engine may hold the image under.
func (e *Engine) names(ref string) []string {
	names := []string{ref}
	if address := strings.Trim(e.options.Registry.Address, "/"); address != "" {
		if rest, ok := strings.CutPrefix(ref, address+"/"); ok {
			return append(names, "moorage/"+rest)
		}
		return append(names, e.registryRef(ref))
	}
	return names
}

// pushLine is one line of the engine's answer.
type pushLine struct {
	Status         string `json:"status"`
	ID             string `json:"id"`
	Error          string `json:"error"`
	ProgressDetail struct {
		Current int64 `json:"current"`
		Total   int64 `json:"total"`
	} `json:"progressDetail"`
	Aux struct {
		Digest string `json:"Digest"`
	} `json:"aux"`
}

// followPush reads the engine's answer to its end: a push that fails is
// answered with 200 and a line that says so.
func followPush(answer io.Reader, out *stepWriter) (digest string, err error) {
	bar := pushBar{out: out, layers: map[string]pushLine{}}
	for lines := json.NewDecoder(answer); ; {
		var line pushLine
		err := lines.Decode(&line)
		switch {
		case errors.Is(err, io.EOF) && digest == "":
			return "", errors.New("the engine's answer ended without a digest")
		case errors.Is(err, io.EOF):
			return digest, nil
		case err != nil:
			return "", fmt.Errorf("read the engine's answer: %w", err)
		case line.Error != "":
			return "", errors.New(line.Error)
		}
		if line.Aux.Digest != "" {
			digest = line.Aux.Digest
		}
		bar.show(line)
	}
}

// retrying begins what a layer says each second between two attempts. An engine
// makes five in a minute, without a word about why.
const retrying = "Retrying in "

// pushBar sums up what the layers say: a line for each that is done or begins
// anew, and at most twice a second how far all are.
type pushBar struct {
	out    *stepWriter
	layers map[string]pushLine
	said   time.Time
}

func (b *pushBar) show(line pushLine) {
	if line.ID == "" {
		return
	}
	was := b.layers[line.ID]
	b.layers[line.ID] = line
	switch line.Status {
	case "Pushed", "Layer already exists", "Mounted from":
		if was.Status != line.Status {
			b.out.note("%s: %s", clipLine(line.ID), strings.ToLower(line.Status))
		}
		return
	case "Pushing":
	default:
		if strings.HasPrefix(line.Status, retrying) && !strings.HasPrefix(was.Status, retrying) {
			b.out.note("%s: the upload broke off, the engine tries again", clipLine(line.ID))
		}
		return
	}
	if now := time.Now(); now.Sub(b.said) >= progressEvery {
		b.said = now
		var current, total int64
		for _, l := range b.layers {
			current += l.ProgressDetail.Current
			total += max(l.ProgressDetail.Total, l.ProgressDetail.Current)
		}
		text := fmt.Sprintf("Pushing %s of %s\r", sizeText(current), sizeText(total))
		b.out.p.Write(b.out.step, moorage.StreamNote, now, []byte(text))
	}
}

// explainPush makes the sentence, and says that the image is kept.
func (e *Engine) explainPush(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("push: %w", context.Cause(ctx))
	}
	trouble := e.explainRegistry(err)
	trouble.Next = strings.TrimSpace(trouble.Next + " The image is kept; deploy again to retry.")
	return trouble
}
