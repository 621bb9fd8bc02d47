# Reads frames, each a line "STEP TEMPERATURE...", while the simulation writes them. Writes a line
# of CSV for each: step, mean, maximum, and how wide the warm part is. Ends with status 1 where heat
# is lost or made, which an insulated rod cannot.
BEGIN { print "step,mean,maximum,width" }
{
    sum = 0; maximum = 0; width = 0
    for (i = 2; i <= NF; i++) {
        sum += $i
        if ($i > maximum) maximum = $i
    }
    for (i = 2; i <= NF; i++)
        if ($i > maximum / 2) width++
    mean = sum / (NF - 1)
    printf "%d,%.4f,%.4f,%d\n", $1, mean, maximum, width
    if (NR == 1) first = mean
    if (mean - first > 0.0001 || first - mean > 0.0001) {
        print "step " $1 ": the mean is " mean ", and was " first > "/dev/stderr"
        wrong = 1
        exit
    }
}
END { exit wrong || NR == 0 }
