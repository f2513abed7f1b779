package github

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"

	"moorage"
)

const meanwhile = "Meanwhile you can deploy any Git URL."

// explain turns what went wrong while doing something into an error for the
// person. doing is for the log: "list repositories".
func (c *Client) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	var (
		primary   *gh.RateLimitError
		secondary *gh.AbuseRateLimitError
		answer    *gh.ErrorResponse
		redirect  *gh.RedirectionError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return cause // the person left: there is nobody to tell
	case errors.As(err, &primary):
		return moorage.Errorf(moorage.Limited, "GitHub answers no more requests of yours until %s.",
			primary.Rate.Reset.UTC().Format("15:04 UTC")).
			Try("Wait until then. %s", meanwhile).
			Because(errors.Join(moorage.LimitedUntil{Time: primary.Rate.Reset.Time}, cause))
	case errors.As(err, &secondary):
		return moorage.Errorf(moorage.Limited, "GitHub asks us to slow down.").
			Try("Try again in %s. %s", wait(secondary.RetryAfter), meanwhile).
			Because(errors.Join(moorage.LimitedUntil{Time: c.now().Add(pause(secondary.RetryAfter))}, cause))
	case errors.As(err, &answer):
		return c.explainStatus(answer.Response, cause)
	case errors.As(err, &redirect):
		return moorage.Errorf(moorage.Unavailable, "GitHub sends us to another place, and we do not follow.").
			Try("Check MOORAGE_GITHUB_API_URL.").Because(cause)
	default:
		return c.explainNetwork(cause)
	}
}

// explainStatus speaks about an answer that is not 2xx. It never looks at the
// answer's text: GitHub words it as it likes.
func (c *Client) explainStatus(resp *http.Response, cause error) error {
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		return moorage.Errorf(moorage.Unauthenticated, "GitHub no longer accepts your sign-in.").
			Try("Sign in again.").Because(errors.Join(moorage.ErrTokenRevoked, cause))
	case status == http.StatusForbidden && resp.Header.Get("X-GitHub-SSO") != "":
		return moorage.Errorf(moorage.Forbidden, "The organisation asks for its single sign-on first.").
			Try("%s", c.ssoAdvice(resp.Header.Get("X-GitHub-SSO"))).Because(cause)
	case status == http.StatusForbidden:
		return moorage.Errorf(moorage.Forbidden, "GitHub does not let Moorage see that.").
			Try("The organisation may have to approve Moorage first: configure access on GitHub, or ask one of its owners.").Because(cause)
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusUnavailableForLegalReasons:
		return moorage.Errorf(moorage.NotFound, "GitHub shows you nothing there.").
			Try("Check the name, or configure access on GitHub.").Because(cause)
	case status == http.StatusTooManyRequests:
		return moorage.Errorf(moorage.Limited, "GitHub asks us to slow down.").
			Try("Try again in a minute. %s", meanwhile).Because(cause)
	case status >= 500:
		return moorage.Errorf(moorage.Unavailable, "GitHub has trouble of its own: it answers %d.", status).
			Try("Try again in a minute. %s", meanwhile).Because(cause)
	default:
		return moorage.Errorf(moorage.Internal, "GitHub does not understand us: it answers %d.", status).Because(cause)
	}
}

func (c *Client) explainNetwork(cause error) error {
	var timeout net.Error
	switch {
	case errors.Is(cause, context.DeadlineExceeded), errors.As(cause, &timeout) && timeout.Timeout():
		return moorage.Errorf(moorage.Unavailable, "GitHub did not answer within %s.", seconds(c.timeout)).
			Try("Try again. %s", meanwhile).Because(cause)
	case isNetwork(cause):
		return moorage.Errorf(moorage.Unavailable, "GitHub cannot be reached at %s.", c.api).
			Try("Check the network of this machine, then try again. %s", meanwhile).Because(cause)
	default:
		return moorage.Errorf(moorage.Unavailable, "GitHub's answer broke off or cannot be read.").
			Try("Try again. %s", meanwhile).Because(cause)
	}
}

// isNetwork reports whether there was no connection at all.
func isNetwork(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// ssoAdvice takes the address out of "required; url=https://…", if it is one of
// GitHub: the person is asked to open it.
func (c *Client) ssoAdvice(header string) string {
	_, address, found := strings.Cut(header, "url=")
	if u, err := url.Parse(address); found && err == nil && strings.HasPrefix(u.String(), c.web+"/") {
		return "Authorise Moorage for it at " + u.String() + ", then try again."
	}
	return "Authorise Moorage for it in the settings of your GitHub account, then try again."
}

func wait(d *time.Duration) string {
	if d == nil || *d <= 0 {
		return "a minute"
	}
	return seconds(*d)
}

// pause is how long GitHub wants to be left alone, which it does not always say.
func pause(d *time.Duration) time.Duration {
	if d == nil || *d <= 0 {
		return time.Minute
	}
	return *d
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) string {
	n := int((d + time.Second - 1) / time.Second)
	if n == 1 {
		return "1 second"
	}
	return fmt.Sprintf("%d seconds", n)
}
