package main

import "testing"

func TestRootIsNoUserToBecome(t *testing.T) {
	for number, good := range map[string]bool{"": true, "65532": true, "1": true, "0": false, "-1": false, "nobody": false, "4294967295": false} {
		if _, err := userNumber(number); (err == nil) != good {
			t.Errorf("%s: %v", number, err)
		}
	}
}
