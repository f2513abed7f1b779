package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"time"
)

// flood prints so many lines a second for so long, each with the moment at which
// it is printed and its number: flood@<unix nanoseconds>#<number>.
func flood(args []string) error {
	rate, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	lasts, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	began, n := time.Now(), 0
	for total := int(lasts.Seconds() * float64(rate)); n < total; {
		due := min(total, int(time.Since(began).Seconds()*float64(rate)))
		for ; n < due; n++ {
			fmt.Fprintf(out, "flood@%019d#%08d of the river, which is wide\n", time.Now().UnixNano(), n+1)
		}
		if err := out.Flush(); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}
