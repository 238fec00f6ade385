package docket

// CountLimit is where counting a list stops (decisions 25): a total above it says only that there are more, “10 000-dən çox”.
const CountLimit = 10000

// Many says whether a list's total was not counted to its end.
func Many(total int) bool { return total > CountLimit }
