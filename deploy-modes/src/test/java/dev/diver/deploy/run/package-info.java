@NullMarked
package dev.diver.deploy.run;

import org.jspecify.annotations.NullMarked;
