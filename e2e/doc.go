// Package e2e holds the product's promises: each test is a story of a person or
// a program, run against the real binary, a real container engine, a real
// registry, real Git and a real browser. Only GitHub is a fake.
//
// The engine is the one that DOCKER_HOST names; make test starts one. With
// MOORAGE_SCREENSHOTS=1 every page that a story comes by is photographed into
// screenshots/, light and dark, wide and narrow.
package e2e
