# Draws the maximum of each line of profile.csv, the first one as the longest bar.
NR == 2 { longest = $3 }
NR > 1 {
    bar = ""
    for (i = 0; i < 50 * $3 / longest; i++) bar = bar "#"
    printf "%6d  %-50s  %.3f\n", $1, bar, $3
}
