# SPDX-License-Identifier: GPL-2.0
# One plot, for gnuplot: what each way to map takes, for lists of each length.
#   gnuplot -e "title='...'; data='FILE'; svg='FILE'" plot.gp
set terminal svg size 720,480 font "sans,12" background "white"
set output svg
set title title noenhanced
set logscale xy
set xlabel "entries"
set ylabel "instructions to map and unmap"
set key left top noenhanced
set grid
plot for [path=2:8] data using 1:path with linespoints linewidth (path < 4 ? 2 : 1) title columnheader
