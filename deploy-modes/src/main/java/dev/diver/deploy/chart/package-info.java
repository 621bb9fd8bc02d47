/**
 * Charts as SVG and PNG: lines, bars and surfaces. Knows nothing of what they show, and is the only
 * room that knows the charting library.
 */
@NullMarked
package dev.diver.deploy.chart;

import org.jspecify.annotations.NullMarked;
