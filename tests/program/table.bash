# A table for programs that train on it. Sourced.

# write_table FILE: three columns of numbers, and whether the first two are more than the third.
write_table() {
  awk 'BEGIN { print "a,b,c,y"
               for (i = 0; i < 1000; ++i) { a = i % 7; b = i * 3 % 11; c = i * i % 13; print a "," b "," c "," (a + b > c + 2) } }' >"$1"
}
