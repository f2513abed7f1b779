package outbound

import (
	"errors"
	"io"

	"moorage"
)

// ErrTooBig is the cause of the error of an answer that is longer than allowed.
var ErrTooBig = errors.New("more bytes than allowed")

// countedBody ends with an error, not as if it were complete, where the rules do.
type countedBody struct {
	io.ReadCloser
	left, most int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more tells a body that ends here from one that goes on
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooBig(b.most)
	}
	return n, err
}

func tooBig(most int64) error {
	return moorage.Errorf(moorage.Limited, "The answer is longer than %d bytes.", most).
		Try("Use something smaller.").Because(ErrTooBig)
}
