"""The pack (本机数据包): the doors of one worker's areas with who lives there, what is asked and what is known, and the
head that explains them. Read set-wise: the number of statements does not depend on the number of doors."""
