// Package api is HTTP for programs: JSON in, JSON out, bearer tokens only.
// openapi.yaml describes it; a test holds the two together. Whose a thing is,
// is decided by who embeds these handlers: Load and LoadServer find the thing of
// the path, or say that there is none.
package api
