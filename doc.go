// Package moorage is the vocabulary: the words that every room of Moorage uses
// for servers, deployments, plans, logs and errors. It imports the standard
// library only; everything may import it.
package moorage
