@NullMarked
package dev.diver.deploy.chart;

import org.jspecify.annotations.NullMarked;
