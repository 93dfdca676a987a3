"""The ground floor: errors, exact numbers, units, periods and regions. Imports nothing of Yangban."""
